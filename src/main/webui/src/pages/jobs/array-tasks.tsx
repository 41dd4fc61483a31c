import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useRows } from "../../api/hooks";
import { at } from "../../api/http";
import { Rows } from "../../api/rows";
import { grouped, plural } from "../../lib/format";
import { go, opened, place } from "../../lib/route";
import { systemColours, theme } from "../../lib/settings";
import { lookOf } from "../../lib/status";
import { type CellGrid, cellGrid, cellsOf, TASK_GROUPS, taskCounts, taskId } from "../../lib/tasks";
import { Status } from "../../ui/basic";
import { Button } from "../../ui/button";
import { showLog } from "../../ui/dock";
import { Chips } from "../../ui/filter";
import { jobLog, type JobRow, sayOf } from "./job";

/** So many tasks are read for their cells; of a larger array the first ones. */
const CELLS = 2_000;
const LISTED = 100;
const ORDER = ["FAILED", "RUNNING", "QUEUED", "CANCELLED", "COMPLETED"];

export function ArrayTasks({ job }: { job: JobRow }) {
  const id = job.id;
  const path = at("jobs", id, "tasks");
  const total = job.array?.count ?? 0;
  const group = place.value.query.task ?? "";
  const states = TASK_GROUPS[group];
  const all = useRows<JobRow>(id, () => new Rows<JobRow>({ path, kind: "jobs", first: CELLS, belongs: (task) => task.parentJobId === id, order: "id" }));
  const rows = useRows<JobRow>(id + group, () => new Rows<JobRow>({ path, query: { status: states }, kind: "jobs", first: LISTED, order: "id", belongs: (task) => task.parentJobId === id && (!states || states.includes(task.status ?? "")) }));
  const shown = Math.min(total, CELLS);
  const cells = useMemo(() => cellsOf(shown, all.items.value), [shown, all.items.value]);
  return (
    <>
      <Chips name="State of tasks" param="task" counts={taskCounts(job)} all={total} order={ORDER} />
      <Cells cells={cells} arrayId={id} chosen={group} />
      {total > CELLS && <p class="muted small">Cells of the first {grouped(CELLS)} of {grouped(total)} tasks.</p>}
      <ul class="rows" aria-label="Tasks">{rows.items.value.map((task) => <li key={task.id} class="split"><a href={opened(task.id)}><Status of={task.status} /><span class="text">{task.index}</span><span class="muted">{sayOf(task) || task.nodeId}</span></a><Button label="Log" onPress={() => showLog(jobLog({ ...task, name: `${task.name ?? id} · ${task.index}` }))} /></li>)}</ul>
      {rows.loaded.value && rows.items.value.length === 0 && <p class="muted">{group === "QUEUED" ? "Those that wait were not opened yet." : group ? "No task is in this state." : "No task was opened yet."}</p>}
      {rows.goesOn.value && <Button label="More" onPress={() => rows.more()} />}
    </>
  );
}

function Cells({ cells, arrayId, chosen }: { cells: string[]; arrayId: string; chosen: string }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const tip = useSignal("");
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => { width.value = Math.floor(entry.contentRect.width); });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const grid = cellGrid(cells.length, width.value);
  useEffect(() => { if (width.value > 0) paint(canvas.current!, cells, grid, chosen); }, [cells, width.value, chosen, theme.value, systemColours.value]);
  const indexAt = (event: MouseEvent): number | undefined => {
    const column = Math.floor(event.offsetX / (grid.size + grid.gap));
    const index = Math.floor(event.offsetY / (grid.size + grid.gap)) * grid.columns + column;
    return column < grid.columns && index < cells.length ? index : undefined;
  };
  const word = (index: number) => `Task ${index}: ${cells[index] ? lookOf(cells[index]).word.toLowerCase() : "not opened yet"}`;
  return (
    <div ref={box} class="task-cells">
      <canvas ref={canvas} role="img" aria-label={`A cell for each of ${plural(cells.length, "task")}; the list below has the same`} title={tip.value}
        onPointerMove={(event) => { const index = indexAt(event); tip.value = index === undefined ? "" : word(index); }}
        onClick={(event) => { const index = indexAt(event); if (index !== undefined && cells[index]) go(opened(taskId(arrayId, index))); }} />
    </div>
  );
}

/** Each state has a form of its own beside its colour: full, half, hatched, outlined, dashed. */
function paint(canvas: HTMLCanvasElement, cells: string[], grid: CellGrid, chosen: string): void {
  const scale = devicePixelRatio || 1;
  const step = grid.size + grid.gap;
  const [width, height] = [grid.columns * step, grid.rows * step];
  canvas.width = width * scale;
  canvas.height = height * scale;
  Object.assign(canvas.style, { width: width + "px", height: height + "px" });
  const pen = canvas.getContext("2d")!;
  pen.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue("--" + name).trim();
  const tones: Record<string, string> = { FAILED: colour("fail"), RUNNING: colour("run"), QUEUED: colour("idle"), CANCELLED: colour("off"), COMPLETED: colour("ok") };
  const empty = colour("cell");
  cells.forEach((group, i) => {
    const x = (i % grid.columns) * step;
    const y = Math.floor(i / grid.columns) * step;
    pen.globalAlpha = chosen && group !== chosen ? 0.25 : 1;
    pen.fillStyle = pen.strokeStyle = tones[group] ?? empty;
    pen.lineWidth = 1;
    pen.setLineDash(group === "CANCELLED" ? [2, 2] : []);
    if (group === "QUEUED" || group === "CANCELLED") pen.strokeRect(x + 0.5, y + 0.5, grid.size - 1, grid.size - 1);
    else if (group === "RUNNING") {
      pen.strokeRect(x + 0.5, y + 0.5, grid.size - 1, grid.size - 1);
      pen.fillRect(x, y + grid.size / 2, grid.size, grid.size / 2);
    } else if (group === "FAILED") {
      pen.lineWidth = 1.5;
      pen.strokeRect(x + 0.75, y + 0.75, grid.size - 1.5, grid.size - 1.5);
      pen.beginPath();
      pen.moveTo(x + 2, y + 2);
      pen.lineTo(x + grid.size - 2, y + grid.size - 2);
      pen.moveTo(x + grid.size - 2, y + 2);
      pen.lineTo(x + 2, y + grid.size - 2);
      pen.stroke();
    } else pen.fillRect(x, y, grid.size, grid.size);
  });
}
