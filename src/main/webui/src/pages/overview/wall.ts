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

/** `machine`: so many cells are one machine's, and stand together; `between`: pixels from one machine to the next. */
export interface Grid { columns: number; size: number; height: number; gap: number; rows: number; machine: number; between: number }

/** Pixels from which on cells are larger. */
const WIDE = 1_400;

/** How many cells each machine has; 1: they differ, or each is one. */
export function machineOf(cells: readonly WallCell[]): number {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell.nodeId, (counts.get(cell.nodeId) ?? 0) + 1);
  const sizes = new Set(counts.values());
  return sizes.size === 1 ? [...sizes][0] : 1;
}

/** As large as fits, so that a few GPUs are easily hit and thousands are still to be seen at once; no machine is broken between two rows. */
export function gridOf(cells: number, all: number, width: number, machine = 1): Grid {
  const gap = all > 2_000 ? 1 : 2;
  const between = machine > 1 ? (all > 2_000 ? 3 : 6) : 0;
  const large = width > WIDE ? 1.5 : 1;
  const most = large * (all <= 64 ? 34 : all <= 400 ? 24 : all <= 2_000 ? 15 : 9);
  const fit = (width + gap + between) / (machine * (most + gap) + between);
  // cells may be somewhat smaller, so that a row is full
  const machines = Math.max(1, machine > 1 ? Math.round(fit) : Math.floor(fit));
  const columns = machines * machine;
  const filled = (width + gap + between - machines * between) / columns - gap;
  const size = cells < columns ? Math.min(most, filled) : filled;
  return { columns, size, height: Math.round(size), gap, rows: Math.ceil(cells / columns), machine, between };
}

/** Where a column begins. */
export const leftOf = (grid: Grid, column: number): number => column * (grid.size + grid.gap) + Math.floor(column / grid.machine) * grid.between;

/** Which column is there; undefined: none, it is between two. */
export function columnAt(grid: Grid, x: number): number | undefined {
  const block = grid.machine * (grid.size + grid.gap) + grid.between;
  const within = Math.floor((x % block) / (grid.size + grid.gap));
  const column = Math.floor(x / block) * grid.machine + within;
  return within < grid.machine && column < grid.columns ? column : undefined;
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
