import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { loads, needLoads, nodes, stats } from "../../api/fleet";
import { at, denied } from "../../api/http";
import type { Node } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import { type Facet, fits, labelFacets } from "../../lib/facets";
import { gib, grouped, percent, plural } from "../../lib/format";
import { go, href, opened, place } from "../../lib/route";
import { gpusOf, nodeReason, nodeStatus } from "../../lib/status";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Facets } from "../../ui/facets";
import { Chips, contains, Filter } from "../../ui/filter";
import { GpuCells } from "../../ui/gpu";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { AddNode } from "./add-node";
import { drainNode, setOpen } from "./actions";
import { NodeDetail } from "./node-detail";

const ORDER = ["IDLE", "BUSY", "DRAINING", "DRAINED", "CORDONED", "GPU_ERROR", "UNHEALTHY", "HELD", "OFFLINE", "EXPECTED"];

const memoryOf = (node: Node) => node.system?.memory as { totalBytes?: number; usedBytes?: number } | undefined;
const cpuOf = (node: Node) => node.system?.cpu as { cores?: number; usage?: number } | undefined;

function work(node: Node): string {
  const load = loads.value.get(node.id);
  if (!load) return "";
  const parts = [load.deployments && plural(load.deployments, "replica"), load.jobs && plural(load.jobs, "job"), load.steps && plural(load.steps, "step")].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : node.status === "IDLE" || node.status === "BUSY" ? "idle" : "";
}

/** Memory of the GPUs where there are some, else of the machine. */
function memory(node: Node): { used: number; total: number } {
  const gpus = gpusOf(node);
  if (gpus.length === 0) return { used: memoryOf(node)?.usedBytes ?? 0, total: memoryOf(node)?.totalBytes ?? 0 };
  return { used: gpus.reduce((all, gpu) => all + (gpu.memoryUsedBytes ?? 0), 0), total: gpus.reduce((all, gpu) => all + (gpu.memoryTotalBytes ?? 0), 0) };
}

const COLUMNS: Column<Node>[] = [
  { head: "Status", cell: (node) => <Status of={nodeStatus(node)} />, by: (node) => ORDER.indexOf(nodeStatus(node)), kind: "status" },
  { head: "Name", cell: (node) => <Open id={node.id}>{node.name || node.id}</Open>, by: (node) => node.name || node.id, kind: "grow" },
  { head: "GPUs", cell: (node) => <GpuCells node={node} load={loads.value.get(node.id)} />, by: (node) => gpusOf(node).length },
  { head: "Memory, GiB", cell: (node) => (node.system ? `${gib(memory(node).used)} / ${gib(memory(node).total)}` : "—"), by: (node) => memory(node).used, kind: "num" },
  { head: "Load", cell: (node) => (cpuOf(node)?.usage === undefined ? "—" : percent(cpuOf(node)!.usage!, 1)), by: (node) => cpuOf(node)?.usage ?? -1, kind: "num wider" },
  { head: "Zone", cell: (node) => node.zone ?? "—", by: (node) => node.zone ?? "", kind: "wider" },
  { head: "Work", cell: (node) => nodeReason(node) || work(node), kind: "grow muted" },
  { head: "Last seen", cell: (node) => <Time at={node.lastSeenAt} />, by: (node) => node.lastSeenAt ?? "", kind: "num wider" },
  { head: "Version", cell: (node) => node.agentVersion ?? "—", by: (node) => node.agentVersion ?? "", kind: "mono wider", off: true },
  { head: "Driver", cell: (node) => gpusOf(node)[0]?.driverVersion ?? "—", by: (node) => gpusOf(node)[0]?.driverVersion ?? "", kind: "mono wider", off: true },
];

const FACETS: Facet<Node>[] = [
  { param: "zone", title: "Zone", of: (node) => [node.zone] },
  { param: "gpu", title: "GPU", of: (node) => gpusOf(node).map((gpu) => gpu.model) },
  { param: "role", title: "Role", of: (node) => [node.role] },
  { param: "version", title: "Version", of: (node) => [node.agentVersion] },
];

function Card({ node }: { node: Node }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={node.id}>{node.name || node.id}</Open><Status of={nodeStatus(node)} /></span>
      <span class="line-2"><GpuCells node={node} load={loads.value.get(node.id)} /><span class="muted">{nodeReason(node) || work(node) || node.zone}</span></span></span>
  );
}

function commandsOf(id: string) {
  return [
    { path: at("nodes", id) },
    { path: at("nodes", id, "containers"), cli: aiwm(["nodes", "containers", id]) },
    { path: at("nodes", id, "metrics"), cli: aiwm(["nodes", "metrics", id]) },
  ];
}

export function Nodes() {
  useEffect(needLoads, []);
  const { rest, query } = place.value;
  const all = nodes.items.value;
  const counts = useMemo(() => {
    const found: Record<string, number> = {};
    for (const node of all) found[nodeStatus(node)] = (found[nodeStatus(node)] ?? 0) + 1;
    return found;
  }, [all]);
  const facets = useMemo(() => [...FACETS, ...labelFacets(all, query)], [all, query]);
  const near = useMemo(() => all.filter((node) => (!query.status || nodeStatus(node) === query.status)
    && contains(query.q ?? "", node.id, node.name, node.hostname, node.zone, gpusOf(node)[0]?.model, Object.entries(node.labels ?? {}).map((pair) => pair.join("=")).join(" "))), [all, query.status, query.q]);
  const shown = useMemo(() => near.filter((node) => fits(facets, query, node)), [near, facets]);
  const selection = useSignal<ReadonlySet<string>>(new Set());
  useCommands(rest[0] && rest[0] !== "add" ? commandsOf(rest[0]) : [{ path: "/api/nodes?pageSize=1000", cli: aiwm(["nodes", "list"]) }]);
  const gpus = stats.value?.gpus;
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head">
          <h1 tabIndex={-1}>Nodes</h1>
          <p class="muted">{plural(all.length, "node")}{gpus && gpus.count ? ` · ${plural(gpus.count, "GPU")} · ${percent(gpus.claimedBytes ?? 0, gpus.memoryBytes ?? 0)} of their memory reserved, ${percent(gpus.usedBytes ?? 0, gpus.memoryBytes ?? 0)} used` : ""}</p>
          <a class="btn primary" href={href("nodes", ["add"])}>Add a node</a>
        </div>
        {nodes.problem.value && <Notice>{nodes.problem.value.message}</Notice>}
        {nodes.loaded.value && all.length === 0 && !nodes.problem.value
          ? <Empty title="No machine has joined yet"><p>A worker on each machine connects to this controller. Add a node says which command to run there.</p></Empty>
          : <>
            <div class="tools"><Chips name="Status" counts={counts} all={all.length} order={ORDER} /><Facets facets={facets} items={near} /><span class="find"><Filter label="Name, zone, label or GPU" /><ListTools list="Nodes" columns={COLUMNS} /></span></div>
            <Bulk selection={selection} />
            {shown.length === 0 && all.length > 0 ? <Empty title="No node fits"><p>{plural(all.length, "node")} without this filter.</p></Empty>
              : <List name="Nodes" items={shown} columns={COLUMNS} card={(node) => <Card node={node} />} label={(node) => node.name || node.id} selection={selection} sortable
              keys={[{ keys: "d", says: "Drain…", run: (node) => go(opened(node.id, "drain")) }]} />}
          </>}
      </main>
      {rest[0] === "add" ? <AddNode /> : rest[0] && <NodeDetail id={rest[0]} key={rest[0]} />}
    </div>
  );
}

const AT_ONCE = 8;

/** One after the other, a few at a time, so that a thousand do not come at once. */
async function each(ids: string[], run: (id: string) => Promise<unknown>): Promise<void> {
  const failed: string[] = [];
  const rest = [...ids];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
      try {
        await run(id);
      } catch (cause) {
        failed.push(`${id}: ${cause instanceof Error ? cause.message : cause}`);
      }
    }
  }));
  if (failed.length > 0) throw new Error(`${failed.length} of ${ids.length} were refused. ${failed.slice(0, 3).join("; ")}`);
}

function Bulk({ selection }: { selection: Signal<ReadonlySet<string>> }) {
  const { act, problem, busy } = useAct();
  const chosen = [...selection.value];
  if (chosen.length === 0) return <Notice>{problem.value}</Notice>;
  const states = new Map(nodes.items.value.map((node) => [node.id, node]));
  const open = chosen.filter((id) => states.get(id)?.schedulable !== false);
  const shut = chosen.filter((id) => states.get(id)?.schedulable === false);
  const none = (ids: string[], why: string) => denied() ?? (ids.length === 0 ? why : busy.value ? "In progress: " + busy.value : null);
  return (
    <div class="bulk" role="group" aria-label="What to do with the selection">
      <b>{grouped(chosen.length)} selected</b>
      <Confirm label="Cordon" ask={`Cordon ${plural(open.length, "node")}?`} why={none(open, "All of them are closed")} onPress={() => act("Cordon", () => each(open, (id) => setOpen(id, false)))} />
      <Confirm label="Drain" ask={`Drain ${plural(open.length, "node")}?`} why={none(open, "All of them are closed")} onPress={() => act("Drain", () => each(open, (id) => drainNode(id, {})))} />
      <Confirm label="Open for work" kind="primary" ask={`Open ${plural(shut.length, "node")}?`} why={none(shut, "All of them are open")} onPress={() => act("Open", () => each(shut, (id) => setOpen(id, true)))} />
      <button type="button" class="btn quiet" onClick={() => { selection.value = new Set(); }}>Clear</button>
      <Notice>{problem.value}</Notice>
    </div>
  );
}
