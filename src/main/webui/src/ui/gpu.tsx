/** One cell per GPU, in three sizes: fill is memory in use, the mark is memory reserved; what is wrong has a pattern. */
import { useEffect, useRef } from "preact/hooks";
import type { Node, NodeLoad } from "../api/types.gen";
import { bytes } from "../lib/format";
import { type Gpu, gpuOut, gpusOf, nodeStatus } from "../lib/status";

export interface CellState {
  used: number;
  reserved: number;
  state: "" | "draining" | "out" | "offline";
  says: string;
}

export function cellOf(node: Node, gpu: Gpu, load: NodeLoad | undefined): CellState {
  const status = nodeStatus(node);
  const total = gpu.memoryTotalBytes ?? 0;
  const promised = load?.gpus?.find((one) => one.index === gpu.index);
  const claimed = promised?.claimedBytes ?? 0;
  const out = gpuOut(node, gpu.index) ?? promised?.outOfService ?? (gpu.health && gpu.health !== "ok" ? gpu.health : undefined);
  const state = status === "OFFLINE" || status === "HELD" || status === "EXPECTED" ? "offline" : out ? "out" : status === "DRAINING" ? "draining" : "";
  const share = (part: number) => (total > 0 ? Math.min(1, part / total) : 0);
  const says = `${node.name || node.id} GPU ${gpu.index}: ` + (state === "offline" ? "offline" : out
    ?? `${bytes(gpu.memoryUsedBytes ?? 0)} used, ${bytes(claimed)} reserved of ${bytes(total)}${state === "draining" ? ", draining" : ""}`);
  return { used: share(gpu.memoryUsedBytes ?? 0), reserved: share(claimed), state, says };
}

/** The cells of one node, for a row. */
export function GpuCells({ node, load }: { node: Node; load?: NodeLoad }) {
  const gpus = gpusOf(node);
  if (gpus.length === 0) return <span class="muted">—</span>;
  const cells = gpus.map((gpu) => cellOf(node, gpu, load));
  return <span class="cells" role="img" aria-label={summary(cells)} title={cells.map((cell) => cell.says).join("\n")}>{cells.map((cell, i) => <Cell key={i} cell={cell} />)}</span>;
}

function summary(cells: CellState[]): string {
  const out = cells.filter((cell) => cell.state === "out").length;
  const used = cells.reduce((all, cell) => all + cell.used, 0) / cells.length;
  return `${cells.length} GPUs, ${Math.round(100 * used)} percent of their memory in use${out ? `, ${out} out of service` : ""}`;
}

function Cell({ cell }: { cell: CellState }) {
  const at = useRef<HTMLElement>(null);
  useEffect(() => {
    at.current?.style.setProperty("--used", Math.round(cell.used * 100) + "%");
    at.current?.style.setProperty("--reserved", Math.round(cell.reserved * 100) + "%");
  }, [cell.used, cell.reserved]);
  return <i ref={at} class={`cell ${cell.state} ${cell.reserved > 0 ? "promised" : ""}`} />;
}
