import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Node, NodeLoad } from "../../api/types.gen";
import { grouped, plural } from "../../lib/format";
import { go, href, place, setQuery } from "../../lib/route";
import { systemColours, theme } from "../../lib/settings";
import { columnAt, type GroupBy, gridOf, leftOf, machineOf, type WallGroup, wallOf } from "./wall";

/** What a group narrows the list of nodes by. */
const NARROWS: Record<string, string> = { zone: "zone", pool: "label.pool", model: "gpu" };
const BYS: [GroupBy, string][] = [["zone", "zone"], ["pool", "pool"], ["model", "model"], ["none", "nothing"]];

export function Wall({ nodes, loads, what }: { nodes: readonly Node[]; loads: ReadonlyMap<string, NodeLoad>; what: string }) {
  const by = (place.value.query.by ?? "zone") as GroupBy;
  const groups = useMemo(() => wallOf(nodes, loads, by), [nodes, loads, by]);
  const all = groups.reduce((sum, group) => sum + group.cells.length, 0);
  return (
    <section class="wall-box" aria-label={what + " wall"}>
      <div class="head-row">
        <h2>{what} wall</h2>
        <Legend />
        {nodes.length > 1 && <label class="inline">by <select value={by} onChange={(event) => setQuery({ by: event.currentTarget.value })}>{BYS.map(([key, text]) => <option key={key} value={key}>{text}</option>)}</select></label>}
      </div>
      {groups.map((group) => <Group key={group.name} group={group} all={all} what={what} />)}
    </section>
  );
}

function Legend() {
  return (
    <span class="legend" aria-hidden="true">
      <span><i class="cell sample" />used</span><span><i class="cell sample promised" />reserved</span>
      <span><i class="cell sample draining" />draining</span><span><i class="cell out" />error</span><span><i class="cell offline" />offline</span>
    </span>
  );
}

function Group({ group, all, what }: { group: WallGroup; all: number; what: string }) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const tip = useSignal("");
  const count = group.cells.length;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => { width.value = Math.floor(entry.contentRect.width); });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const grid = gridOf(count, all, Math.max(1, width.value), useMemo(() => machineOf(group.cells), [group]));
  useEffect(() => { if (width.value > 0) paint(canvas.current!, group, width.value, grid); }, [group, width.value, theme.value, systemColours.value]);
  const cellAt = (event: MouseEvent) => {
    const column = columnAt(grid, event.offsetX);
    const row = Math.floor(event.offsetY / (grid.height + grid.gap));
    return column !== undefined ? group.cells[row * grid.columns + column] : undefined;
  };
  const out = group.cells.filter((cell) => cell.state === "out").length;
  const offline = group.cells.filter((cell) => cell.state === "offline").length;
  // of what is not there, nothing is known
  const there = group.cells.filter((cell) => cell.state !== "offline");
  const used = there.reduce((all, cell) => all + cell.used, 0) / Math.max(1, there.length);
  const promised = there.reduce((all, cell) => all + cell.reserved, 0) / Math.max(1, there.length);
  const says = `${group.name ? group.name + ": " : ""}${what === "Node" ? plural(count, "node") : `${plural(count, what)} on ${plural(group.nodes, "node")}`}, ${Math.round(100 * used)}% of memory used, ${Math.round(100 * promised)}% reserved`
    + (out ? `, ${grouped(out)} out of service` : "") + (offline ? `, ${grouped(offline)} offline` : "");
  return (
    <div class="wall-group">
      <p class="muted"><a href={href("nodes", [], group.name && !group.name.startsWith("no ") ? { [NARROWS[place.value.query.by ?? "zone"] ?? "zone"]: group.name } : {})}>{says}</a></p>
      <div ref={box} class="wall">
        <canvas ref={canvas} role="img" aria-label={says} title={tip.value}
          onPointerMove={(event) => { tip.value = cellAt(event)?.says ?? ""; }}
          onClick={(event) => { const cell = cellAt(event); if (cell) go(href("nodes", [cell.nodeId])); }} />
      </div>
    </div>
  );
}

/** Thousands of cells are one picture: as elements they would cost a page its quickness. */
function paint(canvas: HTMLCanvasElement, group: WallGroup, width: number, grid: ReturnType<typeof gridOf>): void {
  const scale = devicePixelRatio || 1;
  const height = Math.max(1, grid.rows * (grid.height + grid.gap) - grid.gap);
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  const at = canvas.getContext("2d")!;
  at.scale(scale, scale);
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue("--" + name).trim();
  const [cell, run, warn, fail, off, text] = ["cell", "run", "warn", "fail", "off", "text"].map(colour);
  group.cells.forEach((one, i) => {
    const x = leftOf(grid, i % grid.columns);
    const y = Math.floor(i / grid.columns) * (grid.height + grid.gap);
    if (one.state === "offline") {
      at.strokeStyle = off;
      at.setLineDash([2, 2]);
      at.lineWidth = 1;
      at.strokeRect(x + 0.5, y + 0.5, grid.size - 1, grid.height - 1);
      return;
    }
    at.setLineDash([]);
    at.fillStyle = cell;
    at.fillRect(x, y, grid.size, grid.height);
    if (one.state === "out") {
      at.save();
      at.beginPath();
      at.rect(x, y, grid.size, grid.height);
      at.clip();
      at.strokeStyle = fail;
      at.lineWidth = 2;
      at.beginPath();
      for (let d = -grid.height; d < grid.size; d += 5) {
        at.moveTo(x + d, y + grid.height);
        at.lineTo(x + d + grid.height, y);
      }
      at.stroke();
      at.restore();
      return;
    }
    at.fillStyle = one.state === "draining" ? warn : run;
    const filled = Math.round(one.used * grid.height);
    at.fillRect(x, y + grid.height - filled, grid.size, filled);
    if (one.reserved > 0) {
      at.fillStyle = text;
      at.fillRect(x, y + Math.min(grid.height - 2, Math.round((1 - one.reserved) * grid.height)), grid.size, grid.size > 10 ? 2 : 1);
    }
  });
}
