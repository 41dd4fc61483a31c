/** Which models are served on which nodes. Pure. */
import type { Deployment } from "../api/types.gen";

export interface Heat { replicas: number; ready: number }
export interface HeatMap { models: string[]; nodes: string[]; at: (model: string, node: string) => Heat | undefined; hottest: number }

/** The name of what it serves: its model without the version, or its image without registry and tag. */
export const servedBy = (one: Deployment): string => one.model?.name ?? (one.spec?.image ?? one.effectiveSpec?.image ?? one.name).replace(/^.*\//, "").replace(/[:@].*$/, "");

export function heatOf(deployments: readonly Deployment[]): HeatMap {
  const cells = new Map<string, Map<string, Heat>>();
  for (const one of deployments) {
    for (const replica of one.instances ?? []) {
      if (!replica.nodeId) continue;
      const name = servedBy(one);
      const row = cells.get(name) ?? new Map<string, Heat>();
      cells.set(name, row);
      const heat = row.get(replica.nodeId) ?? { replicas: 0, ready: 0 };
      row.set(replica.nodeId, { replicas: heat.replicas + 1, ready: heat.ready + (replica.ready ? 1 : 0) });
    }
  }
  const rows = [...cells.values()];
  return {
    models: [...cells.keys()].sort(), nodes: [...new Set(rows.flatMap((row) => [...row.keys()]))].sort(),
    at: (model, node) => cells.get(model)?.get(node), hottest: Math.max(0, ...rows.flatMap((row) => [...row.values()].map((heat) => heat.replicas))),
  };
}
