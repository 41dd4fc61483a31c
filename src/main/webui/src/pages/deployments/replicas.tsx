import { at, call, denied } from "../../api/http";
import type { Deployment, DeploymentReplica } from "../../api/types.gen";
import { href } from "../../lib/route";
import { lookOf } from "../../lib/status";
import { Status, Time } from "../../ui/basic";
import { Button } from "../../ui/button";
import { showLog, showShell } from "../../ui/dock";
import { logOf, shellOf } from "./tabs";

const MOST_BLOCKS = 24;

const stateOf = (replica: DeploymentReplica): string => (replica.ready ? "READY" : replica.state === "RUNNING" ? "NOT_READY" : replica.state ?? "PENDING");

/** One block for each replica, in the colour of its state; a new generation has a dot. */
export function Blocks({ of: one }: { of: Deployment }) {
  const replicas = one.instances ?? [];
  const wanted = one.desired === "STOPPED" ? 0 : one.replicas ?? 1;
  const ready = one.readyReplicas ?? 0;
  const says = one.status === "ASLEEP" ? "asleep" : wanted === 0 ? "stopped" : `${ready} of ${wanted} ready`;
  return (
    <span class="blocks" title={replicas.map((replica) => `${replica.index}: ${lookOf(stateOf(replica)).word}${replica.nodeId ? " on " + replica.nodeId : ""}`).join("\n")}>
      <span role="img" aria-label={says}>{replicas.slice(0, MOST_BLOCKS).map((replica) => (
        <i key={replica.index} class={`block ${lookOf(stateOf(replica)).tone} ${replica.ready ? "full" : ""} ${(replica.generation ?? 0) < (one.generation ?? 0) ? "old" : ""}`} />
      ))}</span>
      <span class="num" aria-hidden="true">{wanted === 0 ? "0" : `${ready}/${wanted}`}</span>
    </span>
  );
}

type Act = (what: string, run: () => Promise<unknown>) => Promise<void>;

export function Replicas({ one, act }: { one: Deployment; act: Act }) {
  const replicas = one.instances ?? [];
  return (
    <section aria-label="Replicas">
      <h3>Replicas</h3>
      {replicas.length === 0 && <p class="muted">{one.desired === "STOPPED" ? "It is stopped: it has none." : "It has none now."}</p>}
      <ul class="replicas">{replicas.map((replica) => <Replica key={replica.index} one={one} replica={replica} act={act} />)}</ul>
    </section>
  );
}

/** What stands below a replica; empty: nothing. */
const detailsOf = (replica: DeploymentReplica): string => [replica.addresses?.map((address) => address.address).join(" "), replica.restarts ? `${replica.restarts} restarts` : "", replica.failures ? `failed ${replica.failures} times in a row` : "",
  replica.oomKilled ? "killed for memory" : "", replica.exitCode ? `exit ${replica.exitCode}` : ""].filter(Boolean).join(" · ");

function Replica({ one, replica, act }: { one: Deployment; replica: DeploymentReplica; act: Act }) {
  const old = (replica.generation ?? 0) < (one.generation ?? 0);
  return (
    <li>
      <div class="split">
        <span class="mono">{replica.index}</span>
        <Status of={stateOf(replica)} />
        {replica.nodeId ? <a class="mono" href={href("nodes", [replica.nodeId])}>{replica.nodeId}</a> : <span class="muted">no node yet</span>}
        <span class="muted">{old ? `old: generation ${replica.generation} · ` : ""}<Time at={replica.since} /></span>
        <span class="end">
          <Button label="Logs" why={replica.containerId ? null : "There is no container"} onPress={() => showLog(logOf(one, replica.index))} />
          <Button label="Shell" why={denied() ?? (replica.containerId ? null : "There is no container")} onPress={() => showShell(shellOf(one, replica.index)!)} />
          <Button label="Restart" why={denied() ?? (replica.containerId ? null : "There is no container")} onPress={() => act(`Restart replica ${replica.index}`, () => call("POST", at("deployments", one.id, "replicas", replica.index!, "restart")))} />
        </span>
      </div>
      {replica.reason && replica.reason !== one.statusReason && <p class="why">{replica.reason}</p>}
      {(detailsOf(replica) || replica.retryAt) && <p class="muted mono small">{detailsOf(replica)}{replica.retryAt && <> · again <Time at={replica.retryAt} /></>}</p>}
    </li>
  );
}
