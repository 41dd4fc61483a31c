import { nodes } from "../../api/fleet";
import { at, call } from "../../api/http";
import type { DrainProgress, Node } from "../../api/types.gen";

export async function setOpen(id: string, schedulable: boolean): Promise<void> {
  const node = await call<Node>("PUT", at("nodes", id, "schedulable"), { schedulable });
  nodes.take([node]);
}

export interface DrainTerms { deadlineSeconds?: number | null; force?: boolean; message?: string }

export const drainNode = (id: string, terms: DrainTerms): Promise<DrainProgress> => call("PUT", at("nodes", id, "drain"), terms);

export const stopDrain = (id: string): Promise<unknown> => call("DELETE", at("nodes", id, "drain"));
