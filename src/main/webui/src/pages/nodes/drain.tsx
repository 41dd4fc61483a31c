import { useSignal } from "@preact/signals";
import { deployments, loads } from "../../api/fleet";
import { useRead } from "../../api/hooks";
import { at, denied } from "../../api/http";
import { tick } from "../../api/live";
import type { DrainProgress, Node } from "../../api/types.gen";
import { age, plural, seconds } from "../../lib/format";
import { href } from "../../lib/route";
import { Facts, Meter, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Check, Field } from "../../ui/field";
import { drainNode, stopDrain } from "./actions";

const EVERY_MS = 2_000;

export function DrainPanel({ node }: { node: Node }) {
  const drained = Boolean(node.drain);
  const progress = useRead<DrainProgress>(drained ? at("nodes", node.id, "drain") : null, { every: EVERY_MS });
  const state = progress.value.value;
  const running = node.drain && !node.drain.outcome;
  return (
    <>
      {state && <Far node={node} progress={state} again={progress.again} />}
      {!running && <Terms node={node} again={progress.again} />}
    </>
  );
}

const DEADLINES: [string, string][] = [["15m", "15 minutes"], ["1h", "1 hour"], ["4h", "4 hours"], ["none", "as long as it needs"], ["own", "other"]];

/** What a drain would do, before it does it. */
function Terms({ node, again }: { node: Node; again: () => unknown }) {
  const deadline = useSignal("1h");
  const own = useSignal("1h30m");
  const force = useSignal(false);
  const message = useSignal("");
  const { act, problem, busy } = useAct(again);
  const load = loads.value.get(node.id);
  const count = (load?.deployments ?? 0) + (load?.jobs ?? 0) + (load?.steps ?? 0);
  const length = deadline.value === "none" ? null : seconds(deadline.value === "own" ? own.value : deadline.value);
  const wrong = deadline.value !== "none" && length === null;
  const parts = [load?.deployments && plural(load.deployments, "replica"), load?.jobs && plural(load.jobs, "job"), load?.steps && plural(load.steps, "step")].filter(Boolean).join(", ");
  return (
    <form class="form" onSubmit={(event) => event.preventDefault()}>
      <p>A drained node gets nothing new. Replicas of deployments move at once, the new container first. Jobs and steps may finish until the deadline, then they run elsewhere without using up a retry.</p>
      <fieldset class="radio"><legend>Running work may take</legend>
        {DEADLINES.map(([key, text]) => <label key={key}><input type="radio" name="deadline" value={key} checked={deadline.value === key} onChange={() => { deadline.value = key; }} /> <span>{text}</span></label>)}
      </fieldset>
      {deadline.value === "own" && <Field label="How long" name="own" value={own.value} error={wrong ? "Write 90m, 1h30m or 45s" : undefined} onInput={(event) => { own.value = event.currentTarget.value; }} />}
      <Check name="force" checked={force.value} onChange={(next) => { force.value = next; }} label="Force: do not wait, and stop what can run nowhere else" />
      <Field label="Reason" name="message" maxLength={200} value={message.value} onInput={(event) => { message.value = event.currentTarget.value; }} />
      <Notice>{problem.value}</Notice>
      <div class="actions">
        <Confirm label="Drain" ask={count > 0 ? `Drain ${parts}?` : "Drain? Nothing runs there now."} yes="Yes, drain" why={denied() ?? (wrong ? "How long is not a time" : busy.value || null)}
          onPress={() => act("Drain", () => drainNode(node.id, { deadlineSeconds: length, force: force.value, message: message.value || undefined }))} />
      </div>
    </form>
  );
}

function Far({ node, progress, again }: { node: Node; progress: DrainProgress; again: () => unknown }) {
  const { act, problem } = useAct(again);
  const total = progress.complete + progress.remaining;
  const left = progress.deadline ? Date.parse(progress.deadline) - tick.value : null;
  const running = progress.state === "DRAINING";
  return (
    <section class="drain" aria-label="How far the drain is">
      <p><Status of={progress.state === "STOPPED" ? "STOPPED" : progress.state === "COMPLETE" ? "COMPLETE" : "DRAINING"} word={running ? `${progress.remaining} of ${total} left` : undefined} /></p>
      <Meter part={running ? progress.complete : 1} whole={running ? Math.max(1, total) : 1} tone={running ? "warn" : "ok"} label={`${progress.complete} of ${total} have left`} />
      <Facts facts={[
        ["Moved", String(progress.complete)], ["Moving", String(progress.migrating)], ["Blocked", progress.blocked > 0 && <span class="warn">{progress.blocked}, which can run nowhere else</span>], ["Left", String(progress.remaining)],
        ["Deadline", running && (left === null ? "none" : left > 0 ? "in " + age(left) : "passed")], ["Why", progress.message], ["By", progress.actor], ["Since", <Time at={progress.startedAt} />], ["Ended", progress.finishedAt && <Time at={progress.finishedAt} />],
      ]} />
      {running && <div class="actions">
        <Button label="Stop drain" why={denied()} onPress={() => act("Stop drain", () => stopDrain(node.id))} />
        {!progress.force && <Confirm label="Force" ask="Stop what still runs?" yes="Yes, force" why={denied()} onPress={() => act("Force", () => drainNode(node.id, { deadlineSeconds: 0, force: true, message: progress.message }))} />}
      </div>}
      <Notice>{problem.value}</Notice>
      <ul class="rows">{progress.items.slice(0, 200).map((item) => (
        <li key={`${item.id}/${item.stepIndex}`}><a href={href(item.kind === "deployment" ? "deployments" : item.kind === "job" ? "jobs" : "executions", [item.id!])}>
          <Status of={item.state} /><span class="text">{item.name ?? deployments.items.value.find((one) => one.id === item.id)?.name ?? item.id}</span><span class="muted">{item.kind}</span>
          {item.reason && <small class="muted">{item.reason}</small>}
        </a></li>
      ))}</ul>
    </section>
  );
}
