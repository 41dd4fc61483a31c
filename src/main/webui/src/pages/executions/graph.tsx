import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { tick } from "../../api/live";
import type { Step } from "../../api/types.gen";
import { took } from "../../lib/format";
import { type Box, BOX_HEIGHT, BOX_WIDTH, layout } from "../../lib/layers";
import { lookOf } from "../../lib/status";

interface GraphProps { steps: Step[]; chosen: number | undefined; onPick: (index: number | undefined) => void }

const WORST = ["FAILED", "TIMEOUT", "RUNNING", "ASSIGNED", "QUEUED", "PENDING", "CANCELLED", "COMPLETED"];

const statusOf = (box: Box, steps: Step[]): string => (box.steps.length === 1 ? steps[box.steps[0].index].status! : WORST.find((one) => box.steps.some((step) => steps[step.index].status === one)) ?? "PENDING");

/** One line that says most: how far, which try, what it waits for, how long it took. */
function lineOf(box: Box, steps: Step[]): string {
  if (box.steps.length > 1) return `${box.steps.filter((step) => steps[step.index].status === "COMPLETED").length} / ${box.steps.length} done`;
  const step = steps[box.steps[0].index];
  if (step.status === "PENDING") {
    const left = (step.dependsOn ?? []).filter((index) => steps[index]?.status !== "COMPLETED").length;
    return left > 0 ? `waits for ${left}` : "waits";
  }
  if (step.status === "QUEUED") return step.message ? step.message : "queued";
  const attempt = (step.attempt ?? 1) > 1 ? `try ${step.attempt}${step.maxRetries ? " of " + (step.maxRetries + 1) : ""}` : "";
  if (step.status === "RUNNING") return attempt || (step.progress ? step.progress + "%" : took(step.startedAt, undefined, tick.value));
  return [took(step.startedAt, step.finishedAt, 0), attempt].filter((part) => part && part !== "—").join(" · ") || lookOf(step.status).word;
}

const LEAST_SCALE = 0.7;

const cut = (text: string, most: number) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

/** Steps as boxes from left to right. It stands still while only states change. */
export function Graph({ steps, chosen, onPick }: GraphProps) {
  const open = useSignal<ReadonlySet<string>>(new Set());
  const svg = useRef<SVGSVGElement>(null);
  const shape = steps.map((step) => `${step.name}|${(step.dependsOn ?? []).join()}`).join("\n");
  const plan = useMemo(() => layout(steps.map((step) => ({ index: step.index!, name: step.name ?? step.command ?? "", status: step.status!, dependsOn: step.dependsOn ?? [] })), open.value), [shape, open.value]);
  useEffect(() => {
    if (chosen === undefined) return;
    svg.current?.querySelector(`[data-step="${chosen}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);
  useLayoutEffect(() => {
    // a graph that is a little too wide is made smaller; one that is much too wide is scrolled
    Object.assign(svg.current!.style, { width: plan.width + "px", minWidth: plan.width * LEAST_SCALE + "px", maxWidth: "100%", height: "auto", display: "block" });
  }, [plan]);
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
    <div class="graph" tabIndex={0} role="region" aria-label="Graph">
      <svg ref={svg} viewBox={`0 0 ${plan.width} ${plan.height}`} role="group" aria-label={`Graph of ${steps.length} steps; the list has the same`}>
        {plan.edges.map(({ from, to }) => {
          const middle = (from.x + BOX_WIDTH + to.x) / 2;
          const blocked = ["FAILED", "TIMEOUT", "CANCELLED"].includes(statusOf(from, steps));
          return <path key={from.key + ">" + to.key} class={"edge" + (blocked ? " blocked" : "")} d={`M${from.x + BOX_WIDTH} ${from.y + BOX_HEIGHT / 2}C${middle} ${from.y + BOX_HEIGHT / 2} ${middle} ${to.y + BOX_HEIGHT / 2} ${to.x} ${to.y + BOX_HEIGHT / 2}`} />;
        })}
        {plan.boxes.map((box) => {
          const status = statusOf(box, steps);
          const look = lookOf(status);
          const first = steps[box.steps[0].index];
          const name = box.steps.length > 1 ? `${(first.name ?? "").replace(/[-_.\s[(#]*\d+[\])]*$/, "")} ×${box.steps.length}` : first.name ?? first.command ?? "";
          const line = lineOf(box, steps);
          const picked = box.steps.length === 1 && box.steps[0].index === chosen;
          return (
            <g key={box.key} data-key={box.key} data-step={box.steps.length === 1 ? box.steps[0].index : undefined} class={`step-box ${look.tone} ${picked ? "picked" : ""} ${status === "PENDING" || status === "QUEUED" ? "dashed" : ""}`}
              transform={`translate(${box.x} ${box.y})`} role="button" tabIndex={0} aria-label={`${cut(name, 18)} ${cut(line, 20)}, ${look.word}`} aria-pressed={box.steps.length === 1 ? picked : undefined} onClick={() => press(box)} onKeyDown={(event) => move(event, box)}>
              {box.steps.length > 1 && <rect class="behind" x="4" y="4" width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />}
              <rect width={BOX_WIDTH} height={BOX_HEIGHT} rx="5" />
              <use href={"#i-" + look.glyph} x="9" y="9" width="12" height="12" />
              <text><tspan x="27" y="19">{cut(name, 18)}</tspan>{" "}<tspan x="27" y="35" class="small">{cut(line, 20)}</tspan></text>
            </g>
          );
        })}
      </svg>
      {open.value.size > 0 && <button type="button" class="btn quiet" onClick={() => { open.value = new Set(); }}>Fold again</button>}
    </div>
  );
}
