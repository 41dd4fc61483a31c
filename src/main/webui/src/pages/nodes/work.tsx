import { deployments } from "../../api/fleet";
import { useRows } from "../../api/hooks";
import { at } from "../../api/http";
import { Rows } from "../../api/rows";
import type { Execution, Node } from "../../api/types.gen";
import { bytes, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { Status, Time, Took } from "../../ui/basic";
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
      <h3>Steps and jobs, newest first</h3>
      {runs.loaded.value && runs.items.value.length === 0 && <p class="muted">Nothing has run here yet.</p>}
      <ul class="rows">{runs.items.value.slice(0, 30).map((run) => (
        <li key={run.id}><a href={href(run.category === "job" ? "jobs" : "executions", [run.id])}><Status of={run.status} /><span class="text">{run.name ?? run.id}</span>
          <span class="muted">{OPEN.includes(run.status!) ? <Took from={run.startedAt} /> : <Time at={run.finishedAt} />}</span></a></li>
      ))}</ul>
      {claims && (claims.total ?? 0) > 0 && <>
        <h3>{plural(claims.total ?? 0, "promise")}</h3>
        <table class="plain"><thead><tr><th scope="col">To</th><th scope="col" class="num">Cores</th><th scope="col" class="num">Memory</th><th scope="col">GPUs</th></tr></thead>
          <tbody>{claims.items?.slice(0, 50).map((claim) => <tr key={claim.id}><td class="mono cut" title={claim.id}>{claim.id}</td><td class="num">{claim.cpu ?? "—"}</td><td class="num">{bytes(claim.memoryBytes)}</td><td class="mono">{claim.gpus?.join(" ") || "—"}</td></tr>)}</tbody>
        </table>
      </>}
    </>
  );
}
