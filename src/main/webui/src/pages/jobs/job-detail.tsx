import { useRead } from "../../api/hooks";
import { at, call, denied, send } from "../../api/http";
import type { Job, JobExplanation } from "../../api/types.gen";
import { type BulkAnswer, takes } from "../../lib/bulk";
import { bytes } from "../../lib/format";
import { href, opened } from "../../lib/route";
import { Facts, Meter, Notice, Status, Time, Took } from "../../ui/basic";
import { type Act, Button, Confirm, useAct } from "../../ui/button";
import { showLog } from "../../ui/dock";
import { Inspector, openTab } from "../../ui/inspector";
import { ArrayTasks } from "./array-tasks";
import { cancel, cancelAsks, isOpen, jobLog, type JobRow, priorityOf, retry, sayOf, whyNotCancelled, whyNotRetried } from "./job";
import { PRIORITIES } from "./request";

const EVERY_MS = 10_000;

export function JobDetail({ id }: { id: string }) {
  const read = useRead<JobRow>(at("jobs", id), { kind: "jobs", id, every: EVERY_MS, merge: (old, news) => ((news.version ?? 0) < (old.version ?? 0) ? old : { ...old, ...news }) });
  const { act, problem } = useAct(read.again);
  const job = read.value.value;
  if (!job) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such job: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tabs: [string, string][] = [["now", "Now"], ...(job.array ? [["tasks", "Tasks"] as [string, string]] : []), ["about", "About"]];
  const tab = openTab(tabs);
  const open = isOpen(job);
  return (
    <Inspector title={job.name ?? job.id} id={job.id} tabs={tabs} status={<Status of={job.status} />} actions={<>
      <Button label="Log" hint="l" kind="primary" why={job.array ? "Each task has a log of its own" : null} onPress={() => showLog(jobLog(job))} />
      <Button label="Retry" hint="r" why={whyNotRetried(job)} onPress={() => act("Retry", () => retry(id))} />
      <a class="btn" href={href("jobs", ["new"], { like: id })}>Edit and run again</a>
      <Button label="Outputs" why={open ? "It has not ended" : null} onPress={() => act("Outputs", () => outputs(job))} />
      {open
        ? <Confirm label="Cancel" hint="c" ask={cancelAsks(job)} yes="Yes, cancel it" why={whyNotCancelled(job)} onPress={() => act("Cancel", () => cancel(id))} />
        : <Confirm label="Delete" ask="Forget it, with its log and outputs?" yes="Yes, delete" why={denied()} onPress={() => act("Delete", () => call("DELETE", at("jobs", id)))} />}
    </>}>
      <Notice>{problem.value}</Notice>
      {tab === "now" && takes("prioritise", job.status, Boolean(job.array)) && <Priority job={job} act={act} />}
      {tab === "now" && <Now job={job} />}
      {tab === "tasks" && <ArrayTasks job={job} />}
      {tab === "about" && <About job={job} />}
    </Inspector>
  );
}

/** Which of those that wait is next: it can be said anew while it waits. */
function Priority({ job, act }: { job: JobRow; act: Act }) {
  const now = priorityOf(job);
  const why = denied();
  return (
    <label class="inline" title={why ?? undefined}>Priority <select name="priority" value={now} disabled={why !== null} aria-describedby={why ? "why-priority" : undefined} onChange={(event) => {
      const priority = event.currentTarget.value;
      void act(`Priority ${priority}`, async () => {
        const { results } = await call<BulkAnswer>("POST", "/api/jobs/batches", { action: "prioritise", ids: [job.id], priority });
        const refused = results?.find((one) => !one.done);
        if (refused) throw new Error(refused.error ?? "It was refused");
      });
    }}>{[...(PRIORITIES.includes(now) ? [] : [now]), ...PRIORITIES].map((one) => <option key={one} value={one}>{one}</option>)}</select>{why && <span id="why-priority" class="muted small">{why}</span>}</label>
  );
}

async function outputs(job: JobRow): Promise<void> {
  const answer = await send("GET", at("jobs", job.id, "outputs"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `${job.name ?? job.id}.tar.gz`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function Now({ job }: { job: JobRow }) {
  const waits = job.status === "QUEUED" || job.status === "PENDING";
  const tasks = job.array?.tasks;
  return (
    <>
      {waits ? <Waiting id={job.id} /> : sayOf(job) && <Notice tone={job.error ? "fail" : "run"}>{sayOf(job)}</Notice>}
      {tasks && <p><Meter part={tasks.completed ?? 0} mark={(tasks.completed ?? 0) + (tasks.running ?? 0)} whole={tasks.total ?? 1} label={`${tasks.completed} of ${tasks.total} tasks are done`} /> <span class="muted">{tasks.completed} done, {tasks.running} running, {tasks.queued} queued, {tasks.failed} failed of {tasks.total}</span></p>}
      <Facts facts={[
        ["Node", job.nodeId && <a href={href("nodes", [job.nodeId])}>{job.nodeId}</a>], ["Exit code", job.exitCode], ["Attempt", (job.attempt ?? 0) > 0 && String(job.attempt)],
        ["Array", job.parentJobId && <a href={opened(job.parentJobId)}>{job.parentJobId}, task {job.index}</a>],
        ["Schedule", job.scheduleId && <a href={href("schedules", [job.scheduleId])}>{job.scheduleId}</a>],
        ["Created", <Time key="m" at={job.createdAt} />], ["Waited", <Took key="w" from={job.queuedAt ?? job.createdAt} to={job.startedAt ?? job.finishedAt} />], ["Ran", job.startedAt && <Took key="r" from={job.startedAt} to={job.finishedAt} />],
        ["As an execution", <a key="e" href={href("executions", [job.id], { view: "timeline" })}>graph and timeline</a>],
      ]} />
      {(job.attempts?.length ?? 0) > 0 && <>
        <h3>Attempts</h3>
        <ol class="tries">{job.attempts!.map((attempt) => (
          <li key={attempt.number}><span class="mono">{attempt.number}</span> <Status of={attempt.outcome ?? "RUNNING"} /> <span class="mono">{attempt.nodeId}</span> <span class="muted"><Took from={attempt.startedAt ?? attempt.assignedAt} to={attempt.finishedAt} /></span>
            {attempt.error?.message && <p class="why">{attempt.error.message}</p>}</li>
        ))}</ol>
      </>}
    </>
  );
}

const ASK_MS = 2_000;

/** What would unblock it, in the scheduler's words. */
function Waiting({ id }: { id: string }) {
  const said = useRead<JobExplanation>(at("jobs", id, "explain"), { every: ASK_MS }).value.value;
  if (!said) return null;
  return (
    <section class="waiting" aria-label="Why it waits">
      <h3>Why it waits</h3>
      <p>{said.message}</p>
      {said.never && <Notice tone="warn">No node of the fleet as it is can ever run it.</Notice>}
      {said.position !== undefined && <p class="muted">Place {said.position} of {said.waiting} that wait{said.keptFree ? `; ${said.keptFree} is kept free for it` : ""}</p>}
      {(said.reasons?.length ?? 0) > 0 && <table class="plain"><thead><tr><th scope="col" class="num">Nodes</th><th scope="col">which</th><th scope="col">Waiting helps</th></tr></thead>
        <tbody>{said.reasons!.map((reason) => <tr key={reason.reason}><td class="num">{reason.nodes} of {said.nodes}</td><td>{reason.words}</td><td>{reason.lasting ? "no" : "yes"}</td></tr>)}</tbody></table>}
    </section>
  );
}

function About({ job }: { job: JobRow }) {
  const { attempts: _a, ...rest } = job as Job & Record<string, unknown>;
  const needs = (rest.requirements ?? {}) as { cpu?: number; memoryBytes?: number; gpus?: unknown };
  return (
    <>
      <Facts facts={[["Image", rest.image as string], ["Command", Array.isArray(rest.command) ? rest.command.join(" ") : rest.command as string], ["Cores", needs.cpu], ["Memory", needs.memoryBytes && bytes(Number(needs.memoryBytes))], ["GPUs", needs.gpus ? JSON.stringify(needs.gpus) : ""], ["Priority", priorityOf(job)]]} />
      <pre class="json" tabIndex={0}>{JSON.stringify(rest, null, 2)}</pre>
    </>
  );
}
