import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { deployments } from "../../api/fleet";
import { at, call, denied } from "../../api/http";
import type { Deployment } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import { type Facet, fits } from "../../lib/facets";
import { grouped, plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { useAsk } from "../../ui/ask";
import { Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { showLog } from "../../ui/dock";
import { Facets } from "../../ui/facets";
import { Chips, contains, Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { restartKey } from "./acts";
import { DeploymentDetail } from "./deployment-detail";
import { NewDeployment } from "./form";
import { Blocks } from "./replicas";
import { logOf, openShellOf, whatOf } from "./tabs";

const ORDER = ["FAILED", "DEGRADED", "PENDING", "DEPLOYING", "UPDATING", "RESTARTING", "MOVING", "RUNNING", "ASLEEP", "STOPPING", "DELETING", "STOPPED"];

const COLUMNS: Column<Deployment>[] = [
  { head: "Status", cell: (one) => <Status of={one.status} />, by: (one) => ORDER.indexOf(one.status), kind: "status" },
  { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name, kind: "grow" },
  { head: "Replicas", cell: (one) => <Blocks of={one} />, by: (one) => one.replicas ?? 1 },
  { head: "Runs", cell: (one) => <span title={whatOf(one)}>{whatOf(one).replace(/^.*\//, "")}</span>, by: whatOf, kind: "mono grow wider" },
  { head: "Node", cell: (one) => nodesOf(one), kind: "mono wider" },
  { head: "Why", cell: (one) => one.statusReason ?? "", kind: "muted grow" },
  { head: "Created", cell: (one) => <Time at={one.createdAt} />, by: (one) => one.createdAt ?? "", kind: "num wider" },
];

const FACETS: Facet<Deployment>[] = [
  { param: "runs", title: "Runs", of: (one) => [whatOf(one)] },
  { param: "engine", title: "Engine", of: (one) => [one.engine?.type] },
  { param: "node", title: "Node", of: (one) => [one.nodeId, ...(one.instances ?? []).map((replica) => replica.nodeId)] },
];

function nodesOf(one: Deployment): string {
  const names = [...new Set((one.instances ?? []).map((replica) => replica.nodeId).filter(Boolean))];
  return names.length === 0 ? one.nodeId ?? "—" : names.length === 1 ? names[0]! : plural(names.length, "node");
}

function Card({ one }: { one: Deployment }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={one.id}>{one.name}</Open><Status of={one.status} /></span>
      <span class="line-2"><Blocks of={one} /><span class="muted">{one.statusReason ?? whatOf(one)}</span></span></span>
  );
}

function commandsOf(id: string) {
  const of = (word: string, ...more: string[]) => aiwm(["deployments", word, id, ...more]);
  return [
    { path: at("deployments", id), cli: of("get") },
    { path: at("deployments", id, "explain"), cli: of("explain") },
    { path: at("deployments", id, "logs"), cli: of("logs", "--tail", "100") },
    { path: at("deployments", id, "history"), cli: aiwm(["deployments", "rollout", "history", id]) },
    { method: "POST", path: at("deployments", id, "undo"), body: {}, cli: aiwm(["deployments", "rollout", "undo", id]) },
    { method: "POST", path: at("deployments", id, "scale"), body: { replicas: 2 }, cli: of("scale", "2") },
  ];
}

export function Deployments() {
  const { rest, query } = place.value;
  const all = deployments.items.value;
  const counts = useMemo(() => {
    const found: Record<string, number> = {};
    for (const one of all) found[one.status] = (found[one.status] ?? 0) + 1;
    return found;
  }, [all]);
  const near = useMemo(() => all.filter((one) => (!query.status || one.status === query.status)
    && contains(query.q ?? "", one.id, one.name, whatOf(one), one.nodeId, ...(one.instances ?? []).map((replica) => replica.nodeId))), [all, query.status, query.q]);
  const shown = useMemo(() => near.filter((one) => fits(FACETS, query, one)), [near, query]);
  const ask = useAsk();
  const selection = useSignal<ReadonlySet<string>>(new Set());
  useCommands(rest[0] && rest[0] !== "new" ? commandsOf(rest[0]) : [{ path: "/api/deployments?pageSize=1000", cli: aiwm(["deployments", "list"], { status: query.status }) }]);
  const ready = all.reduce((sum, one) => sum + (one.readyReplicas ?? 0), 0);
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head">
          <h1 tabIndex={-1}>Deployments</h1>
          <p class="muted">{plural(all.length, "deployment")}{all.length > 0 ? ` · ${plural(ready, "replica")} ready` : ""}</p>
          <a class="btn primary" id="new-deployment" href={href("deployments", ["new"])}>New deployment</a>
        </div>
        {deployments.problem.value && <Notice>{deployments.problem.value.message}</Notice>}
        {deployments.loaded.value && all.length === 0 && !deployments.problem.value
          ? <Empty title="Nothing is deployed"><p>A deployment keeps containers running: an image, or a model with an engine that serves it. New deployment makes one.</p></Empty>
          : <>
            <div class="tools"><Chips name="Status" counts={counts} all={all.length} order={ORDER} /><Facets facets={FACETS} items={near} /><span class="find"><Filter label="Name, image or node" /><ListTools list="Deployments" columns={COLUMNS} /></span></div>
            <Bulk selection={selection} />
            {ask.at}
            {shown.length === 0 && all.length > 0 ? <Empty title="No deployment fits"><p>{plural(all.length, "deployment")} without this filter.</p></Empty>
              : <List name="Deployments" items={shown} columns={COLUMNS} card={(one) => <Card one={one} />} label={(one) => one.name} selection={selection} sortable
              keys={[{ keys: "l", says: "Logs", run: (one) => showLog(logOf(one)) }, { keys: "s", says: "Shell", run: openShellOf }, restartKey(ask)]} />}
          </>}
      </main>
      {rest[0] === "new" ? <NewDeployment key={(query.like ?? "") + (query.model ?? "")} like={query.like} of={query.model} engine={query.engine} /> : rest[0] && <DeploymentDetail id={rest[0]} key={rest[0]} />}
    </div>
  );
}

function Bulk({ selection }: { selection: Signal<ReadonlySet<string>> }) {
  const { act, problem, busy } = useAct();
  const chosen = deployments.items.value.filter((one) => selection.value.has(one.id));
  if (chosen.length === 0) return <Notice>{problem.value}</Notice>;
  const stopped = chosen.filter((one) => one.status === "STOPPED" || one.status === "FAILED");
  const running = chosen.filter((one) => one.status !== "STOPPED" && one.status !== "STOPPING" && one.status !== "DELETING");
  const why = (some: Deployment[], none: string) => denied() ?? (some.length === 0 ? none : busy.value ? "In progress: " + busy.value : null);
  const each = (some: Deployment[], what: string) => async () => {
    const failed: string[] = [];
    for (const one of some) await call<Deployment>("POST", at("deployments", one.id, what)).then((now) => deployments.take([now]), (cause: Error) => failed.push(`${one.name}: ${cause.message}`));
    if (failed.length > 0) throw new Error(failed.slice(0, 5).join("\n"));
  };
  return (
    <div class="bulk" role="group" aria-label="What to do with the selection">
      <b>{grouped(chosen.length)} selected</b>
      <Confirm label="Start" kind="primary" ask={`Start ${plural(stopped.length, "deployment")}?`} why={why(stopped, "None of them is stopped")} onPress={() => act("Start", each(stopped, "start"))} />
      <Confirm label="Restart" ask={`Restart ${plural(running.length, "deployment")}?`} why={why(running, "None of them runs")} onPress={() => act("Restart", each(running, "restart"))} />
      <Confirm label="Stop" ask={`Stop ${plural(running.length, "deployment")}?`} why={why(running, "None of them runs")} onPress={() => act("Stop", each(running, "stop"))} />
      <button type="button" class="btn quiet" onClick={() => { selection.value = new Set(); }}>Clear</button>
      <Notice>{problem.value}</Notice>
    </div>
  );
}
