/** Where the cells of the wall stand, and what they show. Pure: painting and the mouse are elsewhere. */
import type { Node, NodeLoad } from "../../api/types.gen";
import { type CellState, cellOf } from "../../ui/gpu";
import { gpusOf, nodeStatus } from "../../lib/status";
import { bytes } from "../../lib/format";

export interface WallCell extends CellState { nodeId: string }
export interface WallGroup { name: string; cells: WallCell[]; nodes: number }
export type GroupBy = "zone" | "pool" | "model" | "none";

const groupOf = (node: Node, by: GroupBy): string => {
  if (by === "zone") return node.zone || "no zone";
  if (by === "pool") return (node.labels as Record<string, string> | undefined)?.pool ?? "no pool";
  if (by === "model") return gpusOf(node)[0]?.model ?? "no GPU";
  return "";
};

/** A machine without GPUs is one cell, of its memory. */
function whole(node: Node, load: NodeLoad | undefined): CellState {
  const memory = node.system?.memory as { totalBytes?: number; usedBytes?: number } | undefined;
  const total = memory?.totalBytes ?? 0;
  const status = nodeStatus(node);
  const state = status === "OFFLINE" || status === "HELD" || status === "EXPECTED" ? "offline" : status === "UNHEALTHY" ? "out" : status === "DRAINING" ? "draining" : "";
  const claimed = load?.memory?.claimedBytes ?? 0;
  const share = (part: number) => (total > 0 ? Math.min(1, part / total) : 0);
  return {
    used: share(memory?.usedBytes ?? 0), reserved: share(claimed), state,
    says: `${node.name || node.id}: ` + (state === "offline" ? "offline" : `${bytes(memory?.usedBytes)} used, ${bytes(claimed)} reserved of ${bytes(total)} memory`),
  };
}

/** Of a fleet with GPUs one cell each; of one without, one for each machine. */
export function wallOf(nodes: readonly Node[], loads: ReadonlyMap<string, NodeLoad>, by: GroupBy): WallGroup[] {
  const withGpus = nodes.some((node) => gpusOf(node).length > 0);
  const groups = new Map<string, WallGroup>();
  for (const node of nodes) {
    const load = loads.get(node.id);
    const cells = withGpus ? gpusOf(node).map((gpu) => cellOf(node, gpu, load)) : [whole(node, load)];
    if (cells.length === 0) continue;
    const name = groupOf(node, by);
    const group = groups.get(name) ?? { name, cells: [], nodes: 0 };
    groups.set(name, group);
    group.nodes++;
    for (const cell of cells) group.cells.push({ ...cell, nodeId: node.id });
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface Grid { columns: number; size: number; height: number; gap: number; rows: number }

/** Pixels from which on cells are larger. */
const WIDE = 1_400;

/** As large as fits, so that a few GPUs are easily hit and thousands are still to be seen at once. */
export function gridOf(cells: number, all: number, width: number): Grid {
  const gap = all > 2_000 ? 1 : 2;
  const large = width > WIDE ? 1.5 : 1;
  const most = large * (all <= 64 ? 34 : all <= 400 ? 24 : all <= 2_000 ? 15 : 9);
  const columns = Math.max(1, Math.floor((width + gap) / (most + gap)));
  const size = cells < columns ? most : (width + gap) / columns - gap;
  const height = Math.round(size);
  const rows = Math.ceil(cells / columns);
  return { columns, size, height, gap, rows };
}

export interface Capacity {
  gpus: number;
  free: number;
  busy: number;
  out: number;
  /** Whole GPUs that nobody has, by model. */
  models: { model: string; total: number; free: number; largest: number }[];
}

/** What could be started now: whole free GPUs, and how many of them one machine has. */
export function capacityOf(nodes: readonly Node[], loads: ReadonlyMap<string, NodeLoad>): Capacity {
  const models = new Map<string, { model: string; total: number; free: number; largest: number }>();
  const result: Capacity = { gpus: 0, free: 0, busy: 0, out: 0, models: [] };
  for (const node of nodes) {
    const status = nodeStatus(node);
    if (status === "OFFLINE" || status === "HELD" || status === "EXPECTED") continue;
    const open = node.schedulable !== false;
    const load = loads.get(node.id);
    const here = new Map<string, number>();
    for (const gpu of gpusOf(node)) {
      const model = gpu.model ?? "GPU";
      const sum = models.get(model) ?? { model, total: 0, free: 0, largest: 0 };
      models.set(model, sum);
      sum.total++;
      result.gpus++;
      if ((gpu.utilization ?? 0) >= 0.05) result.busy++;
      const cell = cellOf(node, gpu, load);
      if (cell.state === "out") result.out++;
      else if (open && load && cell.reserved === 0) {
        sum.free++;
        result.free++;
        here.set(model, (here.get(model) ?? 0) + 1);
      }
    }
    for (const [model, count] of here) {
      const sum = models.get(model)!;
      sum.largest = Math.max(sum.largest, count);
    }
  }
  result.models = [...models.values()].sort((a, b) => b.total - a.total);
  return result;
}
