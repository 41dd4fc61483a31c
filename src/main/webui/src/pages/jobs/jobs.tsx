import { useSignal } from "@preact/signals";
import { useRead, useRows } from "../../api/hooks";
import { at } from "../../api/http";
import { Rows, search } from "../../api/rows";
import { aiwm } from "../../lib/command";
import type { Facet } from "../../lib/facets";
import { plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { useAsk } from "../../ui/ask";
import { Empty, Notice, Status, Time, Took } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { showLog } from "../../ui/dock";
import { Facets } from "../../ui/facets";
import { Chips, contains, Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { Bulk } from "./bulk";
import { gpusOf, jobLog, keysOf, type JobRow, priorityOf, sayOf } from "./job";
import { JobDetail } from "./job-detail";
import { NewJob } from "./new-job";

const ORDER = ["RUNNING", "ASSIGNED", "QUEUED", "PENDING", "FAILED", "TIMEOUT", "CANCELLED", "COMPLETED"];
const FIRST = 200;

const COLUMNS: Column<JobRow>[] = [
  { head: "Status", cell: (job) => <Status of={job.status} />, kind: "status" },
  { head: "Name", cell: (job) => <Open id={job.id}>{job.name ?? job.id}</Open>, kind: "grow" },
  { head: "Why", cell: sayOf, kind: "muted grow" },
  { head: "Node", cell: (job) => job.nodeId ?? "—", kind: "mono wide" },
  { head: "Attempt", cell: (job) => ((job.attempt ?? 0) > 1 ? `${job.attempt}` : "1"), kind: "num wide" },
  { head: "Waited", cell: (job) => <Took from={job.queuedAt ?? job.createdAt} to={job.startedAt ?? job.finishedAt} />, kind: "num wide" },
  { head: "Ran", cell: (job) => <Took from={job.startedAt} to={job.finishedAt} />, kind: "num wide" },
  { head: "Created", cell: (job) => <Time at={job.createdAt} />, kind: "num wide" },
  { head: "GPUs", cell: (job) => gpusOf(job), kind: "num wide", off: true },
  { head: "Priority", cell: (job) => priorityOf(job), kind: "num wide", off: true },
  { head: "Exit code", cell: (job) => job.exitCode ?? "—", kind: "num wide", off: true },
  { head: "Ended", cell: (job) => <Time at={job.finishedAt} />, kind: "num wide", off: true },
  { head: "Id", cell: (job) => job.id, kind: "mono wide", off: true },
];

const FACETS: Facet<JobRow>[] = [
  { param: "node", title: "Node", of: (job) => [job.nodeId] },
  { param: "schedule", title: "Schedule", of: (job) => [job.scheduleId] },
];

function Card({ job }: { job: JobRow }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={job.id}>{job.name ?? job.id}</Open><Status of={job.status} /></span>
      <span class="line-2 muted"><Time at={job.createdAt} /> <span>{sayOf(job)}</span></span></span>
  );
}

function commandsOf(id: string) {
  return [
    { path: at("jobs", id), cli: aiwm(["jobs", "show", id]) },
    { path: at("jobs", id, "logs"), cli: aiwm(["jobs", "logs", id, "--follow"]) },
    { method: "POST", path: at("jobs", id, "retry"), cli: aiwm(["jobs", "retry", id]) },
    { method: "POST", path: at("jobs", id, "cancel"), cli: aiwm(["jobs", "cancel", id]) },
  ];
}

export function Jobs() {
  const { rest, query } = place.value;
  const filters = { status: query.status, q: query.q, nodeId: query.node, scheduleId: query.schedule };
  const path = "/api/jobs" + search(filters);
  const rows = useRows<JobRow>(path, () => new Rows<JobRow>({
    path: "/api/jobs", query: filters, kind: "jobs", first: FIRST,
    belongs: (job) => !job.parentJobId && (!filters.status || job.status === filters.status) && contains(filters.q ?? "", job.name) && (!filters.nodeId || job.nodeId === filters.nodeId) && (!filters.scheduleId || job.scheduleId === filters.scheduleId),
  }));
  const counted = useRead<{ total?: number; counts?: Record<string, number> }>("/api/jobs/counts" + search({ q: query.q, nodeId: query.node, scheduleId: query.schedule }), { every: 3_000 }).value.value;
  const selection = useSignal<ReadonlySet<string>>(new Set());
  useCommands(rest[0] && rest[0] !== "new" ? commandsOf(rest[0])
    : [{ path, cli: aiwm(["jobs", "list"], { status: filters.status, text: filters.q, node: filters.nodeId, schedule: filters.scheduleId }) }]);
  const ask = useAsk(() => rows.reload());
  const items = rows.items.value;
  const filtered = Boolean(query.status || query.q || query.node || query.schedule);
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head"><h1 tabIndex={-1}>Jobs</h1>
          <p class="muted">{counted ? plural(counted.total ?? 0, "job") : ""}{rows.goesOn.value ? ", newest first" : ""}</p>
          <a class="btn primary" href={href("jobs", ["new"])}>Submit a job</a></div>
        {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
        <div class="tools"><Chips name="Status" counts={counted?.counts ?? {}} all={counted?.total ?? 0} order={ORDER} /><Facets facets={FACETS} path={"/api/jobs" + search({ status: query.status, q: query.q })} /><span class="find"><Filter label="Part of a name" /><ListTools list="Jobs" columns={COLUMNS} /></span></div>
        <Bulk selection={selection} items={items} filters={filters} matching={query.status ? counted?.counts?.[query.status] ?? 0 : counted?.total ?? 0} counts={counted?.counts ?? {}} again={() => rows.reload()} />
        {ask.at}
        {rows.loaded.value && items.length === 0
          ? filtered ? <Empty title="No job fits"><p>Another filter may find some.</p></Empty>
            : <Empty title="No job was submitted yet"><p>A job runs one program to its end, on a node that has what it needs.</p><p><a class="btn" href={href("jobs", ["new"])}>Submit a job</a></p></Empty>
          : <List name="Jobs" items={items} columns={COLUMNS} card={(job) => <Card job={job} />} label={(job) => job.name ?? job.id} selection={selection} onEnd={() => void rows.more()} total={rows.total.value}
            keys={[{ keys: "l", says: "Log", run: (job) => showLog(jobLog(job)) }, ...keysOf(ask)]} />}
      </main>
      {rest[0] === "new" ? <NewJob key={query.like ?? ""} like={query.like} onDone={(job) => rows.take([job])} /> : rest[0] && <JobDetail id={rest[0]} key={rest[0]} />}
    </div>
  );
}
