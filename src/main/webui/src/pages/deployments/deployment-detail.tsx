import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { deployments } from "../../api/fleet";
import { useOne, useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Deployment } from "../../api/types.gen";
import { href } from "../../lib/route";
import { Copy, Facts, Notice, Status, Time } from "../../ui/basic";
import { type Act, Button, Confirm, useAct } from "../../ui/button";
import { Delete } from "../../ui/delete";
import { showLog } from "../../ui/dock";
import { Inspector, openTab } from "../../ui/inspector";
import { logOf, openShellOf, whatOf } from "./tabs";
import { restart, whyBusy, whyNotRestarted } from "./acts";
import { History } from "./history";
import { Change } from "./form";
import { Replicas } from "./replicas";
import { Rollout } from "./rollout";

const TABS: [string, string][] = [["now", "Now"], ["metrics", "Metrics"], ["change", "Change"], ["history", "History"], ["events", "Events"], ["about", "About"]];
const EVERY_MS = 10_000;

export function DeploymentDetail({ id }: { id: string }) {
  const listed = useOne(deployments, id).value;
  const read = useRead<Deployment>(at("deployments", id), { every: EVERY_MS, kind: "deployments", id });
  // the list has the newest state; what it leaves out is in the record
  const one = listed && read.value.value && (listed.version ?? 0) < (read.value.value.version ?? 0) ? read.value.value : listed ?? read.value.value;
  const { act, problem } = useAct(read.again);
  const tab = openTab(TABS);
  if (!one) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such deployment: it was deleted" : read.problem.value?.message}</Notice></Inspector>;
  return (
    <Inspector title={one.name} id={one.id} tabs={TABS} status={<Status of={one.status} />} actions={<Actions one={one} act={act} />}>
      <Notice>{problem.value}</Notice>
      {one.statusReason && <Notice tone={one.status === "FAILED" ? "fail" : "warn"}>{one.statusReason}</Notice>}
      {tab === "now" && <Now one={one} act={act} />}
      {tab === "metrics" && <Later id={id} />}
      {tab === "change" && <Change one={read.value.value ?? one} />}
      {tab === "history" && <History one={one} act={act} />}
      {tab === "events" && <Events id={id} />}
      {tab === "about" && <About one={one} />}
    </Inspector>
  );
}

function Actions({ one, act }: { one: Deployment; act: Act }) {
  const busy = whyBusy(one);
  const hasLog = one.containerId || one.instances?.some((replica) => replica.containerId);
  const post = (what: string, path: string) => () => act(what, async () => deployments.take([await call<Deployment>("POST", at("deployments", one.id, path))]));
  return (
    <>
      <Button label="Logs" hint="l" why={hasLog ? null : "There is no container"} onPress={() => showLog(logOf(one))} />
      <Button label="Shell" hint="s" why={denied() ?? (hasLog ? null : "There is no container")} onPress={() => openShellOf(one)} />
      {one.status === "STOPPED" || one.status === "FAILED"
        ? <Button label="Start" kind="primary" why={denied() ?? busy} onPress={post("Start", "start")} />
        : <Confirm label="Stop" ask={`Stop ${one.name}?`} yes="Yes, stop" why={denied() ?? (one.status === "STOPPING" ? busy : null)} onPress={post("Stop", "stop")} />}
      <Button label="Restart" hint="r" why={whyNotRestarted(one)} onPress={() => act("Restart", () => restart(one))} />
      <Button label="Pull and replace" hint="restarts with the newest image of the tag" why={whyNotRestarted(one)} onPress={() => act("Pull and replace", () => restart(one, true))} />
      <a class="btn" href={href("deployments", ["new"], { like: one.id })}>Duplicate</a>
      <Delete ask={`Delete ${one.name}?`} path={at("deployments", one.id)} why={denied() ?? (one.status === "DELETING" ? "It is being deleted" : null)} act={act} />
    </>
  );
}

function Now({ one, act }: { one: Deployment; act: Act }) {
  return (
    <>
      <Facts facts={[["Runs", whatOf(one)], ["Ports", (one.ports ?? []).map((port) => `${port.hostPort ?? "?"} → ${port.containerPort}`).join(", ")]]} />
      <Rollout one={one} act={act} />
      {one.image?.moved && <Notice tone="warn">The tag of its image was moved on the node since the container was made. Pull and replace takes the new one.</Notice>}
      {(one.status !== "RUNNING" || one.autoscale) && one.status !== "STOPPED" && <Explain id={one.id} said={one.statusReason} />}
      <Scale one={one} act={act} />
      <Replicas one={one} act={act} />
      <Endpoint one={one} />
    </>
  );
}

const EXPLAIN_MS = 3_000;

/** Why it is as it is, in the controller's words. */
function Explain({ id, said: above }: { id: string; said?: string }) {
  const said = useRead<{ message: string; calls?: { inFlight?: number; waiting?: number }; secondsLeft?: number }>(at("deployments", id, "explain"), { every: EXPLAIN_MS }).value.value;
  // what stands above is not said twice
  if (!said?.message || said.message === above) return null;
  return <p class="explain">{said.message}{said.calls && (said.calls.inFlight || said.calls.waiting) ? ` (${said.calls.inFlight ?? 0} calls running, ${said.calls.waiting ?? 0} waiting)` : ""}</p>;
}

function Scale({ one, act }: { one: Deployment; act: Act }) {
  const now = one.replicas ?? 1;
  const to = (replicas: number) => act(`Scale to ${replicas}`, async () => deployments.take([await call<Deployment>("POST", at("deployments", one.id, "scale"), { replicas })]));
  return (
    <div class="scale" role="group" aria-label="Number of replicas">
      <span>Replicas wanted</span>
      <Button label="One fewer" why={denied() ?? (now === 0 ? "There is none" : null)} onPress={() => to(now - 1)}>−</Button>
      <b class="num" aria-live="polite">{now}</b>
      <Button label="One more" why={denied() ?? (now >= 200 ? "200 is the most" : null)} onPress={() => to(now + 1)}>+</Button>
      {one.autoscale && <span class="muted">follows the calls, {one.autoscale.minReplicas ?? 0} to {one.autoscale.maxReplicas ?? 1}{one.scaling?.text ? ": " + one.scaling.text : ""}</span>}
    </div>
  );
}

/** Where it is called, as a command that can be tried. */
function Endpoint({ one }: { one: Deployment }) {
  const addresses = (one.instances ?? []).flatMap((replica) => replica.addresses ?? []);
  const commands = one.engine
    ? [`curl ${location.origin}/v1/chat/completions -H "Authorization: Bearer $AIWM_TOKEN" --json '${JSON.stringify({ model: one.name, messages: [{ role: "user", content: "Hello" }] })}'`]
    : addresses.slice(0, 3).map((address) => `curl http://${address.address}/`);
  if (commands.length === 0) return null;
  return <section aria-label="Where it is called"><h3>{one.engine ? <>Call it through the gateway, or <a href={href("inference", [], { part: "try", model: one.name })}>try it here</a></> : "Call it"}</h3>{commands.map((command) => <Copy key={command} text={command}><code class="block">{command}</code></Copy>)}</section>;
}

/** Charts come with their library only when somebody looks at them. */
function Later({ id }: { id: string }) {
  const loaded = useSignal<ComponentType<{ id: string }> | null>(null);
  useEffect(() => { void import("./metrics").then((it) => { loaded.value = it.Metrics; }); }, []);
  const Metrics = loaded.value;
  return Metrics ? <Metrics id={id} /> : <p class="muted">Loading the charts…</p>;
}

function Events({ id }: { id: string }) {
  const read = useRead<{ items?: { id: string; at: string; code: string; text: string; actor?: string; replica?: number }[] }>(at("deployments", id, "events") + "?pageSize=100", { every: 5_000, kind: "deployments", id });
  const items = read.value.value?.items;
  return (
    <>
      <Notice>{read.problem.value?.message}</Notice>
      {items?.length === 0 && <p class="muted">Nothing has happened to it yet.</p>}
      <ol class="events">{items?.map((event) => <li key={event.id}><span class="muted"><Time at={event.at} /></span><span>{event.replica !== undefined && <b class="mono">{event.replica} </b>}{event.text}{event.actor && event.actor !== "system" ? <span class="muted"> · {event.actor}</span> : ""}</span></li>)}</ol>
    </>
  );
}

function About({ one }: { one: Deployment }) {
  return (
    <>
      <Facts facts={[
        ["Engine", one.engine?.type], ["Wanted", one.desired?.toLowerCase()], ["Generation", one.generation], ["When a node is lost", one.onNodeLost],
        ["Health", one.health], ["Restarts", one.restarts], ["Last action", one.lastExecutionId && <a href={href("executions", [one.lastExecutionId])}>{one.lastExecutionId}</a>],
        ["Created", <Time key="made" at={one.createdAt} />], ["Changed", <Time key="changed" at={one.updatedAt} />],
      ]} />
      <h3>What it is made of</h3>
      <pre class="json" tabIndex={0}>{JSON.stringify(one.effectiveSpec ?? one.spec, null, 2)}</pre>
    </>
  );
}
