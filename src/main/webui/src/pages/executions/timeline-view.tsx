import { useEffect, useRef } from "preact/hooks";
import type { Step } from "../../api/types.gen";
import { duration } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { lookOf } from "../../lib/status";
import { type Bar, type Cut, hasIdle, timeline } from "../../lib/timeline";
import { Glyph } from "../../ui/basic";

interface TimelineProps { steps: Step[]; startedAt: string | undefined; now: number; chosen: number | undefined; onPick: (index: number) => void }

/** What waited is hollow, what ran is solid; each try is a bar of its own. */
export function TimelineView({ steps, startedAt, now, chosen, onPick }: TimelineProps) {
  const hide = place.value.query.idle === "hidden";
  const plan = timeline(steps, startedAt, now, hide);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { box.current?.querySelector(".time-row[aria-pressed=true]")?.scrollIntoView({ block: "nearest" }); }, [chosen]);
  return (
    <>
      <div class="timeline-tools">
        <span class="legend" aria-hidden="true"><span><i class="time-bar waited sample" />waited</span><span><i class="time-bar ran sample run" />running</span><span><i class="time-bar ran sample ok" />done</span><span><i class="time-bar ran sample fail" />failed</span></span>
        {(hide || hasIdle(plan)) && <label class="check"><input type="checkbox" checked={hide} onChange={(event) => setQuery({ idle: event.currentTarget.checked ? "hidden" : undefined })} /> <span>Hide idle time</span></label>}
      </div>
      <div class="timeline" role="group" aria-label={`Timeline of ${steps.length} steps`} ref={box}>
        <div class="axis" aria-hidden="true"><span /><div>{plan.marks.map((mark) => <Mark key={mark.at} at={100 * plan.share(mark.at)} text={mark.text} />)}</div></div>
        {plan.rows.map(({ step, bars }) => {
          const look = lookOf(step.status);
          return (
            <button type="button" key={step.index} class="time-row" aria-pressed={step.index === chosen} onClick={() => onPick(step.index!)}>
              <span class={"label " + look.tone}><Glyph name={look.glyph} /><span class="text">{step.name ?? step.command}</span><span class="unseen">{look.word}</span></span>
              <span class="track">
                {plan.cuts.map((cut) => <CutView key={cut.from} cut={cut} from={100 * plan.share(cut.from)} to={100 * plan.share(cut.to)} />)}
                {bars.map((bar, i) => <BarView key={i} bar={bar} from={100 * plan.share(bar.from)} to={100 * plan.share(bar.to)} />)}
                {bars.length === 0 && <span class="muted">{step.status === "CANCELLED" ? "not run" : "not started"}</span>}
              </span>
            </button>
          );
        })}
        {plan.cuts.length > 0 && <p class="muted small">{plan.cuts.map((cut) => cut.says).join("; ")}: shown shortened.</p>}
      </div>
    </>
  );
}

const LAST_FROM = 90;

function Mark({ at, text }: { at: number; text: string }) {
  const mark = useRef<HTMLElement>(null);
  // the words of the last one stand before it: behind it there is no room
  const last = at > LAST_FROM;
  useEffect(() => { Object.assign(mark.current!.style, last ? { left: "auto", right: 100 - at + "%" } : { left: at + "%", right: "auto" }); }, [at]);
  return <i ref={mark} class={last ? "last" : undefined}>{text}</i>;
}

/** Where the axis leaves time out. */
function CutView({ cut, from, to }: { cut: Cut; from: number; to: number }) {
  const at = useRef<HTMLElement>(null);
  useEffect(() => { Object.assign(at.current!.style, { left: from + "%", width: to - from + "%" }); }, [from, to]);
  return <i ref={at} class="time-cut" title={cut.says} aria-hidden="true" />;
}

function BarView({ bar, from, to }: { bar: Bar; from: number; to: number }) {
  const at = useRef<HTMLElement>(null);
  useEffect(() => { Object.assign(at.current!.style, { left: from + "%", width: Math.max(0, to - from) + "%" }); }, [from, to]);
  const says = `${bar.says}, ${duration(bar.to - bar.from)}`;
  return <i ref={at} class={`time-bar ${bar.kind} ${lookOf(bar.status).tone}`} title={says}><span class="unseen">{says}</span></i>;
}
