import { useMemo } from "preact/hooks";
import { useRead, useRows } from "../../api/hooks";
import { Rows, search } from "../../api/rows";
import type { Execution } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import type { Facet } from "../../lib/facets";
import { plural } from "../../lib/format";
import { href, place, setQuery } from "../../lib/route";
import { runStatus } from "../../lib/status";
import { useAsk } from "../../ui/ask";
import { Empty, Notice, Progress, Status, Time, Took } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { Facets } from "../../ui/facets";
import { Chips, contains, Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { keysOf } from "./acts";
import { ExecutionDetail } from "./execution-detail";
import { NewExecution } from "./new-execution";

export type Run = Execution & { id: string };

const ORDER = ["RUNNING", "PENDING", "FAILED", "TIMEOUT", "CANCELLED", "COMPLETED"];
const FIRST = 200;

const stepsDone = (one: Run) => (one.steps ? `${one.steps.filter((step) => step.status === "COMPLETED").length} / ${one.steps.length}` : "—");

/** In words what it does now, or why it is as it is. */
export function sayOf(one: Run): string {
  if (one.error?.message) return one.error.message;
  if (one.cancelReason) return one.cancelReason;
  if (one.waiting?.reason) return one.waiting.reason;
  const open = one.steps?.find((step) => step.status === "RUNNING" || step.status === "ASSIGNED") ?? one.steps?.find((step) => step.status === "QUEUED");
  return open?.message ?? (open && one.status === "RUNNING" && open.name !== one.name ? open.name ?? "" : "");
}

/** How far a program is nobody knows before it ends: its steps until it began are no share of it. */
function RunProgress({ one }: { one: Run }) {
  return one.category === "job" && one.status !== "COMPLETED" ? <span class="muted">—</span> : <Progress value={one.progress} status={one.status} />;
}

const COLUMNS: Column<Run>[] = [
  { head: "Status", cell: (one) => <Status of={runStatus(one)} />, kind: "status" },
  { head: "Name", cell: (one) => <Open id={one.id}>{one.name ?? one.id}</Open>, kind: "grow" },
  { head: "Kind", cell: (one) => one.category ?? "—", kind: "wide" },
  { head: "Progress", cell: (one) => <RunProgress one={one} /> },
  { head: "Steps", cell: stepsDone, kind: "num wide" },
  { head: "Started", cell: (one) => <Time at={one.startedAt ?? one.createdAt} />, kind: "num wide" },
  { head: "Duration", cell: (one) => <Took from={one.startedAt} to={one.finishedAt} />, kind: "num wide" },
  { head: "Why", cell: sayOf, kind: "wide muted grow" },
  { head: "For", cell: (one) => one.resourceId ?? "—", kind: "mono wide", off: true },
  { head: "Ended", cell: (one) => <Time at={one.finishedAt} />, kind: "num wide", off: true },
  { head: "Id", cell: (one) => one.id, kind: "mono wide", off: true },
];

const FACETS: Facet<Run>[] = [
  { param: "category", title: "Kind", of: (one) => [one.category] },
  { param: "node", title: "Node", of: (one) => (one.steps ?? []).map((step) => step.nodeId) },
];

function Card({ one }: { one: Run }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={one.id}>{one.name ?? one.id}</Open><Status of={runStatus(one)} /></span>
      <span class="line-2"><RunProgress one={one} /><span class="muted"><Time at={one.startedAt ?? one.createdAt} /> {sayOf(one)}</span></span></span>
  );
}

export function Executions() {
  return place.value.rest[0] && place.value.rest[0] !== "new" ? <ExecutionDetail id={place.value.rest[0]} key={place.value.rest[0]} /> : <ExecutionList />;
}

function ExecutionList() {
  const { query } = place.value;
  const filters = { status: query.status, category: query.category, nodeId: query.node, resourceId: query.resource, parentExecutionId: query.parent, q: query.q };
  const path = "/api/executions" + search(filters);
  const rows = useRows<Run>(path, () => new Rows<Run>({
    path: "/api/executions", query: filters, kind: "executions", first: FIRST,
    belongs: (one) => (!filters.status || one.status === filters.status) && (!filters.category || one.category === filters.category)
      && (!filters.resourceId || one.resourceId === filters.resourceId) && (!filters.parentExecutionId || one.parentExecutionId === filters.parentExecutionId) && contains(filters.q ?? "", one.name) && (!filters.nodeId || (one.steps ?? []).some((step) => step.nodeId === filters.nodeId)),
  }));
  const summary = useRead<{ total?: number; byStatus?: Record<string, number> }>("/api/executions/_statistics/summary" + search({ ...filters, status: undefined }), { every: 3_000 }).value.value;
  const known = !filters.resourceId && !filters.parentExecutionId;
  useCommands([{ path, cli: known ? aiwm(["executions", "list"], { status: filters.status, text: filters.q, category: filters.category, node: filters.nodeId }) : undefined }]);
  const ask = useAsk(() => rows.reload());
  const items = rows.items.value;
  const counts = useMemo(() => summary?.byStatus ?? {}, [summary]);
  const filtered = Object.values(filters).some(Boolean);
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head"><h1 tabIndex={-1}>Executions</h1>
          <p class="muted">{rows.total.value === null ? "" : plural(rows.total.value, "execution")}{rows.goesOn.value ? ", newest first" : ""}</p>
          <a class="btn primary" href={href("executions", ["new"])}>Run steps</a></div>
        {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
        <div class="tools"><Chips name="Status" counts={counts} all={summary?.total ?? 0} order={ORDER} />
          <Facets facets={FACETS} path={"/api/executions" + search({ status: query.status, q: query.q, resourceId: query.resource, parentExecutionId: query.parent })} />
          {(query.resource || query.parent) && <button type="button" class="chip" aria-pressed="true" onClick={() => setQuery({ resource: undefined, parent: undefined })}>{query.resource ? "for " + query.resource : "part of " + query.parent} ✕</button>}
          <span class="find"><Filter label="Part of a name" /><ListTools list="Executions" columns={COLUMNS} /></span>
        </div>
        {ask.at}
        {rows.loaded.value && items.length === 0
          ? filtered ? <Empty title="No execution fits"><p>Another filter may find some.</p></Empty>
            : <Empty title="Nothing was run yet"><p>Every action on a deployment is an execution, and so are jobs, downloads of models and what is sent to <code>POST /api/executions</code>.</p></Empty>
          : <List name="Executions" items={items} columns={COLUMNS} card={(one) => <Card one={one} />} label={(one) => one.name ?? one.id} onEnd={() => void rows.more()} total={rows.total.value} keys={keysOf(ask)} />}
      </main>
      {place.value.rest[0] === "new" && <NewExecution key={query.like ?? ""} like={query.like} />}
    </div>
  );
}
