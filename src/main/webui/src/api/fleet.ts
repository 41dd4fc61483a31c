/** What every page may need: all nodes, all deployments, and the sums over the fleet. */
import { signal } from "@preact/signals";
import { call, signedIn } from "./http";
import { connected, onGaps } from "./live";
import { Rows } from "./rows";
import type { ClusterStats, Deployment, Node, NodeLoad } from "./types.gen";

export const nodes = new Rows<Node>({ path: "/api/nodes", kind: "nodes", order: "id", first: 5_000 });
export const deployments = new Rows<Deployment & { createdAt?: string }>({ path: "/api/deployments", kind: "deployments", first: 2_000 });

export const stats = signal<ClusterStats | null>(null);
/** What is promised and free on each node, by id. */
export const loads = signal<ReadonlyMap<string, NodeLoad>>(new Map());

const EVERY_MS = 3_000;
let wantsLoads = 0;

/** While a component shows what is promised, it is read. */
export function needLoads(): () => void {
  wantsLoads++;
  if (wantsLoads === 1) void readLoads();
  return () => void wantsLoads--;
}

async function readLoads(): Promise<void> {
  try {
    const answer = await call<{ items?: NodeLoad[] }>("GET", "/api/cluster/distribution");
    loads.value = new Map((answer.items ?? []).map((load) => [load.id!, load]));
  } catch {
    // the pill says that the controller is away; the next try follows
  }
}

async function readStats(): Promise<void> {
  try {
    stats.value = await call<ClusterStats>("GET", "/api/cluster/stats");
  } catch {
    // as above
  }
}

async function read(): Promise<void> {
  if (!signedIn.value) return;
  await Promise.all([readStats(), wantsLoads > 0 && readLoads()]);
}

export function startFleet(): void {
  nodes.start();
  deployments.start();
  onGaps(read);
  setInterval(() => { if (!document.hidden && connected.value) void read(); }, EVERY_MS);
}
