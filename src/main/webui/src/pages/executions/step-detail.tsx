import { at, call, denied } from "../../api/http";
import type { Execution, Step } from "../../api/types.gen";
import { bytes } from "../../lib/format";
import { askOf, type RetryChoice, runsAgain, whyBlocked, whyNoRetry } from "../../lib/retry";
import { href } from "../../lib/route";
import { Facts, Meter, Notice, Progress, Status, Time, Took } from "../../ui/basic";
import { type Act, Button, Confirm } from "../../ui/button";
import { showLog } from "../../ui/dock";

interface StepDetailProps { run: Execution; id: string; step: Step; act: Act; onClose: () => void }

export function StepDetail({ run, id, step, act, onClose }: StepDetailProps) {
  const transfer = step.transfer;
  const title = step.name ?? step.command ?? "";
  return (
    <aside class="inspector" aria-label="Step">
      <div class="head-row"><div class="names"><h2 class="title mono">{title}</h2><Status of={step.status} /></div>
        <button type="button" class="btn quiet" aria-label="Close the step" onClick={onClose}><span aria-hidden="true">✕</span></button></div>
      <div class="actions">
        <Button label="Logs" why={step.command === "job.run" ? (step.status === "PENDING" ? "It has not begun" : null) : "Only programs of jobs have a log. What this command brought is below"} onPress={() => showLog({ key: `${id}/${step.index}`, title: `${run.name ?? id} · ${title}`, path: at("executions", id, "steps", step.index!, "logs") })} />
        <RetryStep run={run} id={id} step={step} act={act} />
      </div>
      {step.error && <Notice>{step.error.message}{step.error.retryable ? ". It may succeed when it is tried again" : ""}</Notice>}
      {step.message && !step.error && <p class="explain">{step.message}</p>}
      {transfer?.bytesTotal ? <p><Meter part={transfer.bytesDone ?? 0} whole={transfer.bytesTotal} label="Transfer" /> <span class="num">{bytes(transfer.bytesDone)} of {bytes(transfer.bytesTotal)}{transfer.bytesPerSecond ? `, ${bytes(transfer.bytesPerSecond)}/s` : ""}</span></p> : null}
      <Facts facts={[
        ["Command", step.command], ["Node", step.nodeId && <a href={href("nodes", [step.nodeId])}>{step.nodeId}</a>], ["Progress", <Progress key="p" value={step.progress} status={step.status} />],
        ["Attempt", step.attempt && `${step.attempt} of ${(step.maxRetries ?? 0) + 1}`], ["Depends on", step.dependsOn?.map((index) => run.steps?.[index]?.name ?? index).join(", ")],
        ["Optional", step.optional && "yes"], ["Priority", step.priority], ["Queued", step.queuedAt && <Time key="q" at={step.queuedAt} />], ["Not before", step.notBefore && <Time key="n" at={step.notBefore} />],
        ["Started", step.startedAt && <Time key="s" at={step.startedAt} />], ["Duration", step.startedAt && <Took key="t" from={step.startedAt} to={step.finishedAt} />],
      ]} />
      {(step.attempts?.length ?? 0) > 0 && <>
        <h3>Attempts</h3>
        <ol class="tries">{step.attempts!.map((attempt) => (
          <li key={attempt.number}><span class="mono">{attempt.number}</span> <Status of={attempt.outcome ?? "RUNNING"} /> <span class="mono">{attempt.nodeId}</span> <span class="muted"><Took from={attempt.startedAt ?? attempt.assignedAt} to={attempt.finishedAt} /></span>
            {(attempt.error?.message || attempt.eviction?.why) && <p class="why">{attempt.error?.message ?? attempt.eviction?.why}</p>}</li>
        ))}</ol>
      </>}
      {step.output && <><h3>Output</h3><pre class="json" tabIndex={0}>{JSON.stringify(step.output, null, 2)}</pre></>}
      {step.requirements && <><h3>Needs</h3><pre class="json" tabIndex={0}>{JSON.stringify(step.requirements, null, 2)}</pre></>}
      {step.data && <><h3>Data</h3><pre class="json" tabIndex={0}>{JSON.stringify(step.data, null, 2)}</pre></>}
    </aside>
  );
}

/** One step again, or all from here on: each says which steps these are. */
function RetryStep({ run, id, step, act }: Omit<StepDetailProps, "onClose">) {
  const steps = run.steps ?? [];
  const why = denied() ?? whyNoRetry(run) ?? whyBlocked(steps, step);
  const retry = (label: string, choice: RetryChoice) => <Confirm label={label} kind="primary" ask={askOf(steps, choice)} yes="Yes, retry" why={why} onPress={() => act(label, () => call("POST", at("executions", id, "retry"), choice))} />;
  const one: RetryChoice = { steps: [step.index!] };
  const rest: RetryChoice = { from: step.index };
  const same = runsAgain(steps, one).length === runsAgain(steps, rest).length;
  return <>{retry("Retry this step", one)}{!same && retry("Retry from here", rest)}</>;
}
