import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { at, call, denied, Refusal, send, words as say } from "../../api/http";
import type { Schedule } from "../../api/types.gen";
import { href, onward } from "../../lib/route";
import { CATCH_UP, draftOfSchedule, OVERLAP, PRESETS, type ScheduleDraft, type ScheduleRow, scheduleRequest, timesOf } from "../../lib/schedule";
import { Notice } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { JobRequestFields, useJobForm } from "../jobs/job-form";
import { NextRuns } from "./next-runs";

const TYPING_MS = 250;

interface Planned { times: string[]; errors: Record<string, string>; problem: string }
const NOTHING: Planned = { times: [], errors: {}, problem: "" };

/** When it would be due, asked for while one writes. */
function usePlan(draft: ScheduleDraft): Planned {
  const planned = useSignal<Planned>(NOTHING);
  useEffect(() => {
    if (!draft.cron.trim()) { planned.value = NOTHING; return undefined; }
    const asking = new AbortController();
    const timer = setTimeout(() => {
      call<{ nextRuns?: string[] }>("POST", "/api/schedules/plan", timesOf(draft), asking.signal).then(
        (answer) => { planned.value = { ...NOTHING, times: answer.nextRuns ?? [] }; },
        (cause) => {
          if (asking.signal.aborted) return;
          const errors = cause instanceof Refusal ? Object.fromEntries(cause.errors.map((one) => [one.pointer.slice(1), one.detail])) : {};
          planned.value = { times: [], errors, problem: Object.keys(errors).length > 0 ? "" : say(cause) };
        });
    }, TYPING_MS);
    return () => { clearTimeout(timer); asking.abort(); };
  }, [draft.cron, draft.timeZone, draft.startAt, draft.endAt]);
  return planned.value;
}

export function NewSchedule({ onDone }: { onDone: (made: ScheduleRow) => void }) {
  const go = onward();
  return (
    <Inspector title="New schedule">
      <ScheduleForm label="Create schedule" onSend={async (body) => {
        const made = await call<ScheduleRow>("POST", "/api/schedules", body);
        onDone(made);
        go(href("schedules", [made.id]));
      }} />
    </Inspector>
  );
}

/** What somebody else changed since it was opened is not written over. */
export function ChangeSchedule({ one, onDone }: { one: Schedule; onDone: () => void }) {
  const seen = useMemo(() => one, []);
  return <ScheduleForm one={seen} label="Change the schedule" onSend={async (body) => {
    await send("PUT", at("schedules", seen.id!), body, undefined, { "If-Match": `"${seen.version}"` });
    onDone();
  }} />;
}

function ScheduleForm({ one, label, onSend }: { one?: Schedule; label: string; onSend: (body: unknown) => Promise<void> }) {
  const draft = useSignal<ScheduleDraft>(draftOfSchedule(one, Intl.DateTimeFormat().resolvedOptions().timeZone));
  const job = useJobForm();
  const problem = useSignal("");
  const busy = useSignal(false);
  useEffect(() => { if (one?.job) job.fill(one.job as Record<string, unknown>); }, []);
  const plan = usePlan(draft.value);
  const set = (change: Partial<ScheduleDraft>) => { draft.value = { ...draft.value, ...change }; };
  const field = (name: keyof ScheduleDraft, text: string, more: object = {}) => <Field name={name} label={text} value={draft.value[name]} error={plan.errors[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} {...more} />;
  const submit = async () => {
    problem.value = "";
    busy.value = true;
    try {
      await onSend(scheduleRequest(draft.value, job.body(), one?.enabled !== false));
    } catch (cause) {
      problem.value = say(cause);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form class="form" id="schedule-form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      {field("name", "Name", { required: true })}
      {field("cron", "When: minute, hour, day of month, month, day of week", { required: true })}
      <div class="chips" role="group" aria-label="Usual times">{PRESETS.map(([name, cron]) => <button key={cron} type="button" class="chip" aria-pressed={draft.value.cron === cron} onClick={() => set({ cron })}>{name}</button>)}</div>
      <Zones />
      {field("timeZone", "Time zone", { list: "zones" })}
      <section class="plan" aria-label="Next runs"><h3>Next runs, in the time of {draft.value.timeZone.trim() || "UTC"}</h3>
        {plan.times.length > 0 ? <NextRuns times={plan.times} zone={draft.value.timeZone.trim() || "UTC"} /> : <p class="muted">{plan.problem || (draft.value.cron.trim() ? "Never, as it stands." : "The next five times are shown here as you type.")}</p>}</section>
      <details class="more-fields"><summary>From, until, missed and overlapping runs</summary>
        <div class="form">
          <div class="side-by-side">{field("startAt", "Not before, in your time", { type: "datetime-local" })}{field("endAt", "Not after, in your time", { type: "datetime-local" })}</div>
          <Choice label="While no controller ran" name="catchUp" value={draft.value.catchUp} options={CATCH_UP} onChange={(catchUp) => set({ catchUp })} />
          <Choice label="While an earlier run is open" name="overlap" value={draft.value.overlap} options={OVERLAP} onChange={(overlap) => set({ overlap })} />
        </div>
      </details>
      <fieldset class="plain-set"><legend>The job</legend><JobRequestFields form={job} omit={["name"]} /></fieldset>
      <Notice>{problem.value}</Notice>
      <div class="actions"><Button label={label} type="submit" kind="primary" why={denied() ?? (busy.value ? "In progress" : null)} onPress={() => undefined} /></div>
    </form>
  );
}

/** The names of zones that this browser knows, to choose from. */
function Zones() {
  const zones = useMemo(() => ["UTC", ...Intl.supportedValuesOf("timeZone")], []);
  return <datalist id="zones">{zones.map((zone) => <option key={zone} value={zone} />)}</datalist>;
}
