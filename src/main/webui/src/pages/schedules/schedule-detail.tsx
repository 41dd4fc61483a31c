import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Job, Schedule } from "../../api/types.gen";
import { href, onward, opened } from "../../lib/route";
import { CATCH_UP, OVERLAP, runsWhat, scheduleState } from "../../lib/schedule";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Inspector, openTab } from "../../ui/inspector";
import { NextRuns } from "./next-runs";
import { ChangeSchedule } from "./schedule-form";

const EVERY_MS = 5_000;
const TABS: [string, string][] = [["now", "Now"], ["change", "Change"], ["about", "About"]];

const saying = (words: [string, string][], key: string | undefined) => words.find(([one]) => one === key)?.[1] ?? key;

export function ScheduleDetail({ id, onChange }: { id: string; onChange: () => void }) {
  const read = useRead<Schedule>(at("schedules", id), { every: EVERY_MS });
  const made = useSignal<string | null>(null);
  const go = onward();
  const { act, problem } = useAct(() => { read.again(); onChange(); });
  const one = read.value.value;
  if (!one) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such schedule: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  const post = (label: string, path: string) => act(label, () => call("POST", at("schedules", id, path)));
  return (
    <Inspector title={one.name ?? id} id={id} tabs={TABS} status={<Status of={scheduleState(one)} />} actions={<>
      <Button label="Run now" kind="primary" why={denied()} onPress={() => act("Run now", async () => { made.value = (await call<Job>("POST", at("schedules", id, "run"))).id!; })} />
      {one.enabled === false
        ? <Button label="Resume" hint="what was missed meanwhile is not made up for" why={denied()} onPress={() => post("Resume", "resume")} />
        : <Button label="Pause" hint="nothing is due until it is resumed" why={denied()} onPress={() => post("Pause", "pause")} />}
      <a class="btn" href={href("jobs", [], { schedule: id })}>Its jobs</a>
      <Confirm label="Delete" ask={`Delete ${one.name}? Its jobs stay.`} yes="Yes, delete" why={denied()} onPress={() => act("Delete", async (go) => { await call("DELETE", at("schedules", id)); go(href("schedules")); })} />
    </>}>
      <Notice>{problem.value}</Notice>
      {made.value && <Notice tone="run">It runs: <a href={href("jobs", [made.value])}>{made.value}</a></Notice>}
      {tab === "now" && <Now one={one} />}
      {tab === "change" && <ChangeSchedule key={id} one={one} onDone={() => { read.again(); onChange(); go(opened(id)); }} />}
      {tab === "about" && <pre class="json" tabIndex={0}>{JSON.stringify(one, null, 2)}</pre>}
    </Inspector>
  );
}

function Now({ one }: { one: Schedule }) {
  const next = one.nextRuns ?? [];
  const runs = one.lastRuns ?? [];
  return (
    <>
      <Facts facts={[["When", one.cron], ["Zone", one.timeZone], ["Runs", runsWhat(one.job)], ["Missed runs", saying(CATCH_UP, one.catchUp)], ["Overlapping", saying(OVERLAP, one.overlap)],
        ["From", one.startAt && <Time key="s" at={one.startAt} />], ["Until", one.endAt && <Time key="e" at={one.endAt} />], ["Created", <span key="m"><Time at={one.createdAt} /> by {one.createdBy}</span>]]} />
      <h3>Next runs</h3>
      {next.length > 0 ? <NextRuns times={next} zone={one.timeZone ?? "UTC"} /> : <p class="muted">{one.enabled === false ? "None while it is paused." : "None: it is over."}</p>}
      <h3>Last runs</h3>
      {runs.length === 0 ? <p class="muted">It has not run yet.</p>
        : <ul class="rows">{runs.map((run, i) => (
          <li key={i}>{run.jobId
            ? <a href={href("jobs", [run.jobId])}>{run.jobStatus ? <Status of={run.jobStatus} /> : <span class="muted">forgotten</span>}<span class="text"><Time at={run.at} /></span>{run.by && <span class="muted">asked for by {run.by}</span>}</a>
            : <p class="why"><Time at={run.at} /> {run.reason}</p>}</li>
        ))}</ul>}
    </>
  );
}
