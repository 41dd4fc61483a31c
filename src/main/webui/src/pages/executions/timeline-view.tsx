import { useEffect, useRef } from "preact/hooks";
import type { Step } from "../../api/types.gen";
import { duration } from "../../lib/format";
import { lookOf } from "../../lib/status";
import { type Bar, timeline } from "../../lib/timeline";
import { Glyph } from "../../ui/basic";

interface TimelineProps { steps: Step[]; startedAt: string | undefined; now: number; chosen: number | undefined; onPick: (index: number) => void }

/** What waited is hollow, what ran is solid; each try is a bar of its own. */
export function TimelineView({ steps, startedAt, now, chosen, onPick }: TimelineProps) {
  const plan = timeline(steps, startedAt, now);
  const share = (at: number) => (100 * (at - plan.from)) / (plan.to - plan.from);
  return (
    <div class="timeline" role="group" aria-label={`Timeline of ${steps.length} steps`}>
      <div class="axis" aria-hidden="true"><span /><div>{plan.marks.map((mark) => <Mark key={mark.text} at={share(mark.at)} text={mark.text} />)}</div></div>
      {plan.rows.map(({ step, bars }) => {
        const look = lookOf(step.status);
        return (
          <button type="button" key={step.index} class="time-row" aria-pressed={step.index === chosen} onClick={() => onPick(step.index!)}>
            <span class={"label " + look.tone}><Glyph name={look.glyph} /><span class="text">{step.name ?? step.command}</span><span class="unseen">{look.word}</span></span>
            <span class="track">
              {bars.map((bar, i) => <BarView key={i} bar={bar} from={share(bar.from)} to={share(bar.to)} />)}
              {bars.length === 0 && <span class="muted">{step.status === "CANCELLED" ? "not run" : "not started"}</span>}
            </span>
          </button>
        );
      })}
    </div>
  );
}

function Mark({ at, text }: { at: number; text: string }) {
  const mark = useRef<HTMLElement>(null);
  useEffect(() => { mark.current!.style.left = at + "%"; }, [at]);
  return <i ref={mark}>{text}</i>;
}

function BarView({ bar, from, to }: { bar: Bar; from: number; to: number }) {
  const at = useRef<HTMLElement>(null);
  useEffect(() => {
    at.current!.style.left = from + "%";
    at.current!.style.width = Math.max(0, to - from) + "%";
  }, [from, to]);
  const says = `${bar.says}, ${duration(bar.to - bar.from)}`;
  return <i ref={at} class={`time-bar ${bar.kind} ${lookOf(bar.status).tone}`} title={says}><span class="unseen">{says}</span></i>;
}
