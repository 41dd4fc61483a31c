import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { tick } from "../../api/live";
import type { Step } from "../../api/types.gen";
import { easyScale, fitScale, LEAST_SCALE, lineOf, MOST_SCALE, sharesOf, statusOf } from "../../lib/graph";
import { addKeys } from "../../lib/keys";
import { type Box, BOX_HEIGHT, BOX_WIDTH, layout } from "../../lib/layers";
import { lookOf } from "../../lib/status";
import { Minimap } from "./minimap";

interface GraphProps { steps: Step[]; chosen: number | undefined; onPick: (index: number | undefined) => void }

/** From so many boxes on a small picture of the whole stands above it. */
const LARGE = 40;
const ZOOM = 1.25;
const BORDER = 18;

const cut = (text: string, most: number) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

/** Steps as boxes from left to right. It stands still while only states change. */
export function Graph({ steps, chosen, onPick }: GraphProps) {
  const open = useSignal<ReadonlySet<string>>(new Set());
  const scale = useSignal<number | "easy" | "fit">("easy");
  const room = useSignal({ width: 0, height: 0 });
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const shape = steps.map((step) => `${step.name}|${(step.dependsOn ?? []).join()}`).join("\n");
  const plan = useMemo(() => layout(steps.map((step) => ({ index: step.index!, name: step.name ?? step.command ?? "", status: step.status!, dependsOn: step.dependsOn ?? [] })), open.value), [shape, open.value]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => { room.value = { width: entry.target.clientWidth - BORDER, height: innerHeight * 0.6 }; });
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  const drawn = scale.value === "easy" ? easyScale(plan.width, room.value.width) : scale.value === "fit" ? fitScale(plan.width, plan.height, room.value.width, room.value.height) : scale.value;
  useLayoutEffect(() => { Object.assign(svg.current!.style, { width: plan.width * drawn + "px", height: plan.height * drawn + "px" }); }, [plan, drawn]);
  useEffect(() => {
    if (chosen === undefined) return;
    const box = plan.boxOf.get(chosen);
    // one of many that are folded is shown on its own
    if (box && box.steps.length > 1) open.value = new Set([...open.value, box.key]);
    svg.current?.querySelector(`[data-step="${chosen}"]`)?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [chosen, plan]);
  const zoom = (by: number) => { scale.value = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, drawn * by)); };
  useEffect(() => addKeys([
    { keys: "+", says: "Larger", group: "Execution", run: () => zoom(ZOOM) },
    { keys: "-", says: "Smaller", group: "Execution", run: () => zoom(1 / ZOOM) },
    { keys: "0", says: "All of it", group: "Execution", run: () => { scale.value = "fit"; } },
  ]), [drawn]);
  const press = (box: Box) => {
    if (box.steps.length > 1) open.value = new Set([...open.value, box.key]);
    else onPick(box.steps[0].index);
  };
  const move = (event: KeyboardEvent, box: Box) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); press(box); return; }
    const next = event.key === "ArrowRight" ? plan.edges.find((edge) => edge.from === box)?.to
      : event.key === "ArrowLeft" ? plan.edges.find((edge) => edge.to === box)?.from
        : event.key === "ArrowDown" ? plan.boxes.find((one) => one.layer === box.layer && one.row > box.row)
          : event.key === "ArrowUp" ? [...plan.boxes].reverse().find((one) => one.layer === box.layer && one.row < box.row) : undefined;
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    svg.current?.querySelector<SVGElement>(`[data-key="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <div class="graph-box">
      <div class="graph-tools" role="group" aria-label="Size of the graph">
        {plan.boxes.length > LARGE && <Minimap plan={plan} steps={steps} frame={frame} scale={drawn} />}
        <button type="button" class="btn quiet" aria-label="Smaller" title="Smaller (-)" onClick={() => zoom(1 / ZOOM)}>−</button>
        <button type="button" class="btn quiet" aria-label="Larger" title="Larger (+)" onClick={() => zoom(ZOOM)}>+</button>
        <button type="button" class="btn quiet" title="All of it (0)" onClick={() => { scale.value = "fit"; }}>Fit</button>
        {open.value.size > 0 && <button type="button" class="btn quiet" onClick={() => { open.value = new Set(); onPick(undefined); }}>Fold again</button>}
      </div>
      {plan.stages && <p class="muted">More steps than can be told apart: those of one stage are one box. Press one to see what is in it.</p>}
      <div class="graph" tabIndex={0} role="region" aria-label="Graph" ref={frame}>
        <svg ref={svg} viewBox={`0 0 ${plan.width} ${plan.height}`} role="group" aria-label={`Graph of ${steps.length} steps; the list has the same`}>
          {plan.edges.map(({ from, to }) => {
            const middle = (from.x + BOX_WIDTH + to.x) / 2;
            const blocked = ["FAILED", "TIMEOUT", "CANCELLED"].includes(statusOf(from, steps));
            return <path key={from.key + ">" + to.key} class={"edge" + (blocked ? " blocked" : "")} d={`M${from.x + BOX_WIDTH} ${from.y + BOX_HEIGHT / 2}C${middle} ${from.y + BOX_HEIGHT / 2} ${middle} ${to.y + BOX_HEIGHT / 2} ${to.x} ${to.y + BOX_HEIGHT / 2}`} />;
          })}
          {plan.boxes.map((box) => <StepBox key={box.key} box={box} steps={steps} picked={box.steps.length === 1 && box.steps[0].index === chosen} onPress={press} onKey={move} />)}
        </svg>
      </div>
    </div>
  );
}

interface BoxProps { box: Box; steps: Step[]; picked: boolean; onPress: (box: Box) => void; onKey: (event: KeyboardEvent, box: Box) => void }

function StepBox({ box, steps, picked, onPress, onKey }: BoxProps) {
  const many = box.steps.length > 1;
  const status = statusOf(box, steps);
  const look = lookOf(status);
  const first = steps[box.steps[0].index];
  const name = many ? box.title : first.name ?? first.command ?? "";
  const line = lineOf(box, steps, tick.value);
  return (
    <g data-key={box.key} data-step={many ? undefined : box.steps[0].index} class={`step-box ${look.tone} ${picked ? "picked" : ""} ${status === "PENDING" || status === "QUEUED" ? "dashed" : ""}`}
      transform={`translate(${box.x} ${box.y})`} role="button" tabIndex={0} aria-label={`${cut(name, 18)} ${cut(line, 20)}, ${look.word}`} aria-pressed={many ? undefined : picked} onClick={() => onPress(box)} onKeyDown={(event) => onKey(event, box)}>
      {many && <rect class="behind" x="4" y="4" width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />}
      <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />
      <use href={"#i-" + look.glyph} x="9" y="9" width="12" height="12" />
      <svg width={BOX_WIDTH - 4} height={BOX_HEIGHT} overflow="hidden"><text><tspan x="27" y="19">{cut(name, 18)}</tspan>{" "}<tspan x="27" y="35" class="small">{cut(line, 20)}</tspan></text></svg>
      {many && <Shares box={box} steps={steps} />}
    </g>
  );
}

/** How far the steps of a folded box are, as a strip along its lower edge. */
function Shares({ box, steps }: { box: Box; steps: Step[] }) {
  const wide = (BOX_WIDTH - 10) / box.steps.length;
  let x = 5;
  return <>{sharesOf(box, steps).map((share) => {
    const from = x;
    x += share.count * wide;
    return <rect key={share.tone} class={"share " + share.tone} x={from} y={BOX_HEIGHT - 5} width={share.count * wide} height="3" />;
  })}</>;
}
