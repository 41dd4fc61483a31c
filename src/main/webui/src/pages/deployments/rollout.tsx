import { at, call, denied } from "../../api/http";
import type { Deployment } from "../../api/types.gen";
import { Meter, Status, Took } from "../../ui/basic";
import { Button, Confirm } from "../../ui/button";

type Act = (what: string, run: () => Promise<unknown>) => Promise<void>;

const WORDS: Record<string, [string, string]> = {
  ROLLING: ["UPDATING", "Updating"], ROLLING_BACK: ["UNDOING", "Going back"], DONE: ["DONE", "Updated"], ROLLED_BACK: ["DEGRADED", "Went back"], FAILED: ["FAILED", "Update failed"],
};

/** An update under way: how many have the new generation and are ready, and the ways to hold it up or take it back. */
export function Rollout({ one, act }: { one: Deployment; act: Act }) {
  const rollout = one.rollout;
  if (!rollout?.state || rollout.state === "DONE") return null;
  const replicas = one.instances ?? [];
  const target = rollout.state === "ROLLING_BACK" ? rollout.from : rollout.to;
  const updated = replicas.filter((replica) => replica.generation === target);
  const ready = updated.filter((replica) => replica.ready).length;
  const under = rollout.state === "ROLLING" || rollout.state === "ROLLING_BACK";
  const [status, word] = WORDS[rollout.state] ?? ["UPDATING", rollout.state];
  const post = (what: string, path: string) => () => act(what, () => call("POST", at("deployments", one.id, path)));
  return (
    <section class="rollout" aria-label="Update">
      <p><Status of={rollout.paused ? "PAUSED" : status} word={`${rollout.paused ? "Paused" : word}: generation ${rollout.from} → ${rollout.to}`} /> <span class="muted"><Took from={rollout.startedAt} to={rollout.endedAt} /></span></p>
      {under && <>
        <Meter part={ready} mark={updated.length} whole={Math.max(1, one.replicas ?? replicas.length)} tone={rollout.state === "ROLLING" ? "run" : "warn"} label={`${ready} of ${one.replicas} are new and ready, ${updated.length} are new`} />
        <p class="muted">{ready} ready of {updated.length} new, {replicas.length - updated.length} old</p>
      </>}
      {rollout.reason && <p class="why">{rollout.reason}</p>}
      {under && <div class="actions">
        {rollout.paused
          ? <Button label="Go on" kind="primary" why={denied()} onPress={post("Go on", "resume")} />
          : <Button label="Pause" why={denied()} onPress={post("Pause", "pause")} />}
        <Confirm label="Undo" ask={`Go back to generation ${rollout.from}?`} yes="Yes, undo" why={denied() ?? (rollout.state === "ROLLING_BACK" ? "It goes back already" : null)} onPress={post("Undo", "undo")} />
      </div>}
    </section>
  );
}
