import { deployments } from "../../api/fleet";
import { useRead, useRows } from "../../api/hooks";
import { at } from "../../api/http";
import { Rows } from "../../api/rows";
import type { Execution, Node, NodeContainers } from "../../api/types.gen";
import { claimant } from "../../lib/claims";
import { bytes, grouped, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { runStatus } from "../../lib/status";
import { Notice, Status, Time, Took } from "../../ui/basic";
import { Button } from "../../ui/button";
import { showLog } from "../../ui/dock";

const OPEN = ["PENDING", "RUNNING"];

/** What is on this machine: replicas with their logs, then steps and jobs, newest first. */
export function NodeWork({ id, full }: { id: string; full: Node | null }) {
  const here = deployments.items.value.flatMap((one) => (one.instances ?? []).filter((replica) => replica.nodeId === id).map((replica) => ({ one, replica })));
  const runs = useRows<Execution & { id: string }>("node/" + id, () => new Rows<Execution & { id: string }>({
    path: "/api/executions", query: { nodeId: id }, kind: "executions", first: 30, belongs: (run) => (run.steps ?? []).some((step) => step.nodeId === id),
  }));
  const claims = full?.amounts?.claims;
  return (
    <>
      <h3>Containers of deployments</h3>
      {here.length === 0 && <p class="muted">No replica is here.</p>}
      <ul class="rows">{here.map(({ one, replica }) => (
        <li key={one.id + replica.index} class="split">
          <a href={href("deployments", [one.id])}><Status of={replica.state} /><span class="text">{one.name} · {replica.index}</span><span class="muted">{replica.restarts ? plural(replica.restarts, "restart") : ""} <Time at={replica.since} /></span></a>
          <Button label="Logs" why={replica.containerId ? null : "There is no container"} onPress={() => showLog({ key: `${one.id}/${replica.index}`, title: `${one.name} · ${replica.index}`, path: at("deployments", one.id, "logs"), query: { replica: String(replica.index) } })} />
        </li>
      ))}</ul>
      <Containers id={id} />
      <h3>Steps and jobs, newest first</h3>
      {runs.loaded.value && runs.items.value.length === 0 && <p class="muted">Nothing has run here yet.</p>}
      <ul class="rows">{runs.items.value.slice(0, 30).map((run) => (
        <li key={run.id}><a href={href(run.category === "job" ? "jobs" : "executions", [run.id])}><Status of={runStatus(run)} /><span class="text">{run.name ?? run.id}</span>
          <span class="muted">{OPEN.includes(run.status!) ? <Took from={run.startedAt} /> : <Time at={run.finishedAt} />}</span></a></li>
      ))}</ul>
      {claims && (claims.total ?? 0) > 0 && <>
        <h3>{plural(claims.total ?? 0, "reservation")}</h3>
        <table class="plain"><thead><tr><th scope="col">To</th><th scope="col" class="num">Cores</th><th scope="col" class="num">Memory</th><th scope="col">GPUs</th></tr></thead>
          <tbody>{claims.items?.slice(0, 50).map((claim) => <tr key={claim.id}><td class="cut" title={claim.id}><Claim id={claim.id!} runs={runs.items.value} /></td><td class="num">{claim.cpu ?? "—"}</td><td class="num">{bytes(claim.memoryBytes)}</td><td class="mono">{claim.gpus?.join(" ") || "—"}</td></tr>)}</tbody>
        </table>
      </>}
    </>
  );
}

/** What has reserved, by its name where it is known here, and the way to it. */
function Claim({ id, runs }: { id: string; runs: readonly (Execution & { id: string })[] }) {
  const of = claimant(id);
  if (!of) return <span class="mono">{id}</span>;
  if (of.kind === "deployments") return <a href={href("deployments", [of.id])}>{deployments.items.value.find((one) => one.id === of.id)?.name ?? of.id} · {of.part}</a>;
  const run = runs.find((one) => one.id === of.id);
  const step = run?.steps?.[of.part]?.name;
  return <a href={href(of.id.startsWith("job_") ? "jobs" : "executions", [of.id])}>{run?.name ?? of.id}{step && step !== run?.name ? " · " + step : ""}</a>;
}

const EVERY_MS = 10_000;
type Container = NonNullable<NodeContainers["items"]>[number];

const memoryOf = (one: Container) => (one.memoryUsedBytes === undefined ? "—" : bytes(one.memoryUsedBytes) + (one.memoryLimitBytes ? " / " + bytes(one.memoryLimitBytes) : ""));
const gpusOf = (one: Container) => (one.gpus?.length ? one.gpus.join(" ") + (one.gpuMemoryUsedBytes === undefined ? "" : " · " + bytes(one.gpuMemoryUsedBytes)) : "—");

/** All that its engine shows, also what AIWM did not start. */
function Containers({ id }: { id: string }) {
  const read = useRead<NodeContainers>(at("nodes", id, "containers"), { every: EVERY_MS });
  const told = read.value.value;
  return (
    <section aria-label="All containers">
      <h3>All containers of its engine{told?.at && <>, told <Time at={told.at} /></>}</h3>
      <Notice>{read.problem.value?.message}</Notice>
      {told?.unanswered?.length ? <Notice tone="warn">Controllers that did not answer: {told.unanswered.join(", ")}</Notice> : null}
      {told?.items?.length === 0 && <p class="muted">{told.at ? "There is none." : "The node has not told of any yet."}</p>}
      {told?.items && told.items.length > 0 && <div class="scroll-x" tabIndex={0} role="region" aria-label="Containers">
        <table class="plain"><thead><tr><th scope="col">State</th><th scope="col">Name</th><th scope="col" class="num">Cores</th><th scope="col" class="num">Memory</th><th scope="col">GPUs</th><th scope="col" class="num">Restarts</th></tr></thead>
          <tbody>{told.items.map((one) => (
            <tr key={one.containerId}><td><Status of={one.state} /></td>
              <td class="mono cut" title={[one.name, one.image, one.containerId].filter(Boolean).join("\n")}>{one.deploymentId ? <a href={href("deployments", [one.deploymentId])}>{one.name ?? one.containerId}</a> : one.name ?? one.containerId}</td>
              <td class="num">{one.cpuUsage === undefined ? "—" : grouped(+one.cpuUsage.toFixed(2))}</td><td class="num">{memoryOf(one)}</td><td class="mono">{gpusOf(one)}</td><td class="num">{one.restarts ?? "—"}</td></tr>
          ))}</tbody>
        </table>
      </div>}
    </section>
  );
}
