import { useEffect } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import { tick } from "../../api/live";
import type { Execution, Step } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import { nextFailed } from "../../lib/graph";
import { addKeys } from "../../lib/keys";
import { whyNoReplay } from "../../lib/replay";
import { askOf } from "../../lib/retry";
import { go, href, place, setQuery } from "../../lib/route";
import { runStatus } from "../../lib/status";
import { announce } from "../../ui/announce";
import { useAsk } from "../../ui/ask";
import { Copy, Facts, Notice, Progress, Status, Time, Took } from "../../ui/basic";
import { type Act, Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { useOpenRecord } from "../../ui/inspector";
import { cancel, CANCEL_ASKS, DONE, keysOf, retry, whyNotAll, whyNotCancelled, whyNotFailed } from "./acts";
import { Graph } from "./graph";
import { Relations } from "./relations";
import { StepDetail } from "./step-detail";
import { StepList } from "./step-list";
import { TimelineView } from "./timeline-view";

const VIEWS: [string, string][] = [["graph", "Graph"], ["timeline", "Timeline"], ["list", "List"]];
/** The timeline of so many steps at most stands below the graph too, where the window has room. */
const MOST_BENEATH = 60;

/** Events bring steps without their data; what was read of it stays. */
function merged(old: Execution, news: Execution): Execution {
  if ((news.version ?? 0) < (old.version ?? 0)) return old;
  return { ...news, steps: news.steps?.map((step, i) => ({ ...old.steps?.[i], ...step, data: old.steps?.[i]?.data, output: old.steps?.[i]?.output, attempts: step.attempts ?? old.steps?.[i]?.attempts })) };
}

export const failedFirst = (steps: Step[]): Step | undefined => steps.filter((step) => (step.status === "FAILED" || step.status === "TIMEOUT") && !step.optional)
  .sort((a, b) => ((a.finishedAt ?? "") < (b.finishedAt ?? "") ? -1 : 1))[0];

function commandsOf(id: string, step: string | undefined) {
  const of = (word: string, ...more: string[]) => aiwm(["executions", word, id, ...more]);
  return [
    { path: at("executions", id), cli: of("show") },
    { cli: of("follow") },
    { cli: of("logs", "--step", step ?? "0", "--follow") },
    { method: "POST", path: at("executions", id, "retry"), body: step === undefined ? {} : { steps: [Number(step)] }, cli: step === undefined ? of("retry") : of("retry", "--step", step) },
    { method: "POST", path: at("executions", id, "cancel"), cli: of("cancel") },
  ];
}

export function ExecutionDetail({ id }: { id: string }) {
  const read = useRead<Execution>(at("executions", id), { kind: "executions", id, merge: merged });
  const { act, problem } = useAct(read.again);
  const view = place.value.query.view ?? "graph";
  useCommands(commandsOf(id, place.value.query.step));
  useEffect(() => addKeys(VIEWS.map(([key, label], i) => ({ keys: String(i + 1), says: label, group: "Execution", run: () => setQuery({ view: key === "graph" ? undefined : key }) }))), []);
  const one = read.value.value;
  useEffect(() => addKeys([{ keys: ".", says: "To what failed", group: "Execution", run: () => {
    const next = nextFailed(read.value.value?.steps ?? [], place.value.query.step === undefined ? undefined : Number(place.value.query.step));
    if (next === undefined) announce("Nothing of it failed");
    else setQuery({ step: String(next) });
  } }]), []);
  useOpenRecord(id, one?.name ?? id);
  const ask = useAsk(read.again);
  useEffect(() => addKeys(keysOf(ask).map((key) => ({ ...key, group: "Execution", run: () => { if (read.value.value) key.run({ ...read.value.value, id }); } }))), []);
  if (!one) return <main id="main"><h1 tabIndex={-1}>{id}</h1><Notice>{read.problem.value?.status === 404 ? "There is no such execution: it was removed, or never was" : read.problem.value?.message}</Notice></main>;
  const steps = one.steps ?? [];
  const chosen = place.value.query.step === undefined ? undefined : steps.find((step) => String(step.index) === place.value.query.step);
  const failed = failedFirst(steps);
  const beneath = steps.length > 1 && steps.length <= MOST_BENEATH && Boolean(one.startedAt);
  const pick = (index: number | undefined) => setQuery({ step: index === undefined ? undefined : String(index) });
  return (
    <div class="with-side">
      <main id="main" class="execution">
        <div class="page-head">
          <h1 tabIndex={-1}>{one.name ?? one.id}</h1>
          <Status of={runStatus(one)} />
          <span class="muted"><Took from={one.startedAt} to={one.finishedAt} /></span>
          <span class="end actions"><RunActions one={one} id={id} act={act} /></span>
        </div>
        <Notice>{problem.value}</Notice>
        {ask.at}
        {one.waiting?.reason && <Notice tone="run"><button type="button" class="link" onClick={() => pick(one.waiting!.step)}>{steps.find((step) => step.index === one.waiting!.step)?.name ?? "Step " + one.waiting.step}</button> waits: {one.waiting.reason}</Notice>}
        {(one.error || failed?.error) && <Notice>{failed && <button type="button" class="link" onClick={() => pick(failed.index)}>{failed.name ?? failed.command}</button>}{failed ? ": " : ""}{failed?.error?.message ?? one.error?.message}</Notice>}
        <Facts facts={[["Id", <Copy key="id" text={id} />], ["Kind", one.category], ["For", one.resourceId && <a href={href(one.resourceType === "model" || one.resourceId.startsWith("model_") ? "models" : "deployments", [one.resourceId])}>{one.resourceId}</a>],
          ["Part of", one.parentExecutionId && <a href={href("executions", [one.parentExecutionId])}>{one.parentExecutionId}</a>], ["Cancelled", one.cancelReason], ["Created", <Time key="at" at={one.createdAt} />], ["Progress", <Progress key="progress" value={one.progress} status={one.status} />]]} />
        <Relations one={one} />
        <div class="chips" role="group" aria-label="View">{VIEWS.map(([key, label], i) => <button key={key} type="button" class="chip" aria-pressed={view === key} title={`${label} (${i + 1})`} onClick={() => setQuery({ view: key === "graph" ? undefined : key })}>{label}</button>)}</div>
        {view === "graph" && <Graph steps={steps} chosen={chosen?.index} onPick={pick} />}
        {(view === "timeline" || (view === "graph" && beneath)) && <div class={view === "graph" ? "beneath" : "whole"}><TimelineView steps={steps} startedAt={one.startedAt} now={DONE.includes(one.status!) ? Date.parse(one.finishedAt ?? "") || 0 : tick.value} chosen={chosen?.index} onPick={pick} /></div>}
        {view === "list" && <StepList steps={steps} chosen={chosen?.index} onPick={pick} />}
      </main>
      {chosen && <StepDetail run={one} id={id} step={chosen} act={act} onClose={() => pick(undefined)} />}
    </div>
  );
}

function RunActions({ one, id, act }: { one: Execution; id: string; act: Act }) {
  const steps = one.steps ?? [];
  return (
    <>
      {one.status === "PENDING" && <Button label="Start" kind="primary" why={denied()} onPress={() => act("Start", () => call("POST", at("executions", id, "start")))} />}
      <Confirm label="Retry what failed" hint="r" kind="primary" ask={askOf(steps, {})} yes="Yes, retry" why={whyNotFailed(one)} onPress={() => act("Retry", () => retry(id, {}))} />
      <Confirm label="Run all again" kind="primary" ask={askOf(steps, { resetCompleted: true })} yes="Yes, run all" why={whyNotAll(one)} onPress={() => act("Run all again", () => retry(id, { resetCompleted: true }))} />
      <Button label="Edit and run again" why={denied() ?? whyNoReplay(one)} onPress={() => go(href(one.category === "job" && id.startsWith("job_") ? "jobs" : "executions", ["new"], { like: id }))} />
      <Confirm label="Cancel" hint="c" ask={CANCEL_ASKS} yes="Yes, cancel it" why={whyNotCancelled(one)} onPress={() => act("Cancel", () => cancel(id))} />
    </>
  );
}
