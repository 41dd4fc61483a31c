import type { ComponentChildren } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { deployments, loads, needLoads, nodes, stats } from "../../api/fleet";
import { useRead, useRows } from "../../api/hooks";
import { Rows } from "../../api/rows";
import type { ClusterEvent, ClusterStats, Execution, Job } from "../../api/types.gen";
import { nameOf, perRecord } from "../../lib/events";
import { age, bytes, grouped, percent, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { gpusOf, runStatus } from "../../lib/status";
import { tick } from "../../api/live";
import { Empty, Facts, Meter, Notice, Status, Time } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { FirstSteps } from "./first-steps";
import { problemsOf } from "./problems";
import { longestOf, reasonsOf, waitsOf } from "./queue";
import { Traffic } from "./traffic";
import { type Capacity, capacityOf } from "./wall";
import { Wall } from "./wall-view";

export function Overview() {
  useEffect(needLoads, []);
  useCommands([{ path: "/api/cluster/stats" }, { path: "/api/cluster/distribution" }]);
  const all = nodes.items.value;
  const sums = stats.value;
  const hasGpus = useMemo(() => all.some((node) => gpusOf(node).length > 0), [all]);
  if (nodes.problem.value && !nodes.loaded.value) return <main id="main"><h1 tabIndex={-1}>Overview</h1><Notice>{nodes.problem.value.message}</Notice></main>;
  if (nodes.loaded.value && all.length === 0) return <FirstNode />;
  return (
    <main id="main" class="overview">
      <h1 tabIndex={-1}>Overview</h1>
      {sums && <Sums sums={sums} hasGpus={hasGpus} />}
      <div class="two">
        <div>
          <Wall nodes={all} loads={loads.value} what={hasGpus ? "GPU" : "Node"} />
          {hasGpus && <FreeGpus />}
          <FirstSteps />
          <Traffic />
          <Recent />
        </div>
        <div>
          <Wrong />
          <Queue />
          <RecentEvents />
        </div>
      </div>
    </main>
  );
}

function FirstNode() {
  return (
    <main id="main"><h1 tabIndex={-1}>Overview</h1>
      <Empty title="No machine has joined yet">
        <p>Here is shown what the machines have, what of it is reserved and used, and what is wrong.</p>
        <p><a class="btn primary" href={href("nodes", ["add"])}>Add a node</a></p>
      </Empty>
    </main>
  );
}

function Sum({ name, value, of, note, children }: { name: string; value: string; of?: string; note?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="sum"><h2>{name}</h2><p class="big"><span>{value}</span>{of && <small> {of}</small>}</p>{children}<p class="muted">{note}</p></div>
  );
}

/** What there is, what is reserved of it, and what is in use: side by side. */
function Sums({ sums, hasGpus }: { sums: ClusterStats; hasGpus: boolean }) {
  const capacity = capacityOf(nodes.items.value, loads.value);
  const { cpu, memory, gpus, slots } = sums;
  const up = (sums.nodes?.byStatus?.IDLE ?? 0) + (sums.nodes?.byStatus?.BUSY ?? 0);
  const gpuMemory = gpus?.memoryBytes ?? 0;
  return (
    <section class="sums" aria-label="Capacity">
      <Sum name="Nodes ready" value={grouped(up)} of={"of " + grouped(sums.nodes?.total)} note={[sums.nodes?.draining && plural(sums.nodes.draining, "draining", "draining"), sums.nodes?.cordoned && `${sums.nodes.cordoned} cordoned`, sums.nodes?.byStatus?.OFFLINE && `${sums.nodes.byStatus.OFFLINE} offline`, sums.nodes?.byStatus?.PENDING && `${sums.nodes.byStatus.PENDING} expected`].filter(Boolean).join(", ") || "none closed"}>
        <Meter part={up} whole={sums.nodes?.total ?? 0} tone="ok" label={`${up} of ${sums.nodes?.total} nodes are ready`} />
      </Sum>
      {hasGpus && <Sum name="GPUs free" value={grouped(capacity.free)} of={"of " + grouped(gpus?.count)} note={largestOf(capacity) + `${grouped(capacity.busy)} busy` + (capacity.out ? `, ${grouped(capacity.out)} out of service` : "")}>
        <Meter part={(gpus?.count ?? 0) - capacity.free} whole={gpus?.count ?? 0} label={`${grouped((gpus?.count ?? 0) - capacity.free)} of ${grouped(gpus?.count)} GPUs are reserved or closed`} />
      </Sum>}
      {hasGpus && <Sum name="GPU memory reserved" value={percent(gpus?.claimedBytes ?? 0, gpuMemory)} of={"of " + bytes(gpuMemory)} note={`${percent(gpus?.usedBytes ?? 0, gpuMemory)} used`}>
        <Meter part={gpus?.usedBytes ?? 0} mark={gpus?.claimedBytes ?? 0} whole={gpuMemory} label={`${bytes(gpus?.usedBytes)} used, ${bytes(gpus?.claimedBytes)} reserved of ${bytes(gpuMemory)}`} />
      </Sum>}
      <Sum name="Cores reserved" value={grouped(Math.round(cpu?.claimed ?? 0))} of={"of " + grouped(cpu?.cores)} note={`${percent(cpu?.used ?? 0, cpu?.cores ?? 0)} used`}>
        <Meter part={cpu?.used ?? 0} mark={cpu?.claimed ?? 0} whole={cpu?.cores ?? 0} label={`${grouped(Math.round(cpu?.used ?? 0))} cores used, ${grouped(Math.round(cpu?.claimed ?? 0))} reserved of ${grouped(cpu?.cores)}`} />
      </Sum>
      <Sum name="Memory reserved" value={bytes(memory?.claimedBytes)} of={"of " + bytes(memory?.totalBytes)} note={`${percent(memory?.usedBytes ?? 0, memory?.totalBytes ?? 0)} used`}>
        <Meter part={memory?.usedBytes ?? 0} mark={memory?.claimedBytes ?? 0} whole={memory?.totalBytes ?? 0} label={`${bytes(memory?.usedBytes)} used, ${bytes(memory?.claimedBytes)} reserved of ${bytes(memory?.totalBytes)}`} />
      </Sum>
      <Sum name="Running work" value={grouped(slots?.taken)} of={"of " + plural(slots?.total ?? 0, "slot")} note={plural(sums.executions?.RUNNING ?? 0, "execution runs", "executions run")}>
        <Meter part={slots?.taken ?? 0} whole={slots?.total ?? 0} label={`${grouped(slots?.taken)} of ${grouped(slots?.total)} slots are taken`} />
      </Sum>
    </section>
  );
}

/** The most GPUs that one job could have on one node now. */
function largestOf(capacity: Capacity): string {
  const largest = capacity.models.reduce((most, one) => Math.max(most, one.largest), 0);
  return largest > 0 ? `at most ${largest} on one node, ` : "";
}

/** "Can I start eight of them now?" */
function FreeGpus() {
  const { models } = capacityOf(nodes.items.value, loads.value);
  return (
    <section aria-label="Free GPUs"><h2>Free GPUs</h2>
      <table class="plain"><thead><tr><th scope="col">Model</th><th scope="col" class="num">Free</th><th scope="col" class="num">All</th><th scope="col" class="num">Most on one node</th></tr></thead>
        <tbody>{models.map((one) => <tr key={one.model}><td>{one.model}</td><td class="num">{grouped(one.free)}</td><td class="num">{grouped(one.total)}</td><td class="num">{one.largest > 0 ? <a href={href("nodes", [], { gpu: one.model })}>{one.largest}</a> : "none"}</td></tr>)}</tbody>
      </table>
    </section>
  );
}

function Wrong() {
  const problems = problemsOf(nodes.items.value, deployments.items.value, stats.value);
  return (
    <section aria-label="What is wrong now"><h2>What is wrong now</h2>
      {problems.length === 0
        ? <p><Status of="READY" word="Nothing is wrong" /></p>
        : <ul class="rows">{problems.map((one) => <li key={one.key}><a href={one.to}><Status of={one.status} word={one.text} />{one.why && <small class="muted">{one.why}</small>}</a></li>)}</ul>}
    </section>
  );
}

const WAITING_MS = 5_000;
const WAITED_MS = 30_000;
const HOUR_MS = 3_600_000;
const MOST_WAITING = 200;
const MOST_REASONS = 4;

function Queue() {
  const waiting = useRead<{ items?: Job[]; totalSize?: number }>(`/api/jobs?status=QUEUED&pageSize=${MOST_WAITING}`, { every: WAITING_MS }).value.value;
  const reasons = useMemo(() => reasonsOf(waiting?.items ?? []).slice(0, MOST_REASONS), [waiting]);
  const jobs = stats.value?.jobs ?? {};
  return (
    <section aria-label="Queue"><h2>Queue</h2>
      <p class="counts">
        <a href={href("jobs", [], { status: "QUEUED" })}><Status of="QUEUED" word={`${grouped(jobs.QUEUED ?? 0)} waiting`} /></a>
        <a href={href("jobs", [], { status: "RUNNING" })}><Status of="RUNNING" word={`${grouped(jobs.RUNNING ?? 0)} running`} /></a>
        <a href={href("jobs", [], { status: "FAILED" })}><Status of={(jobs.FAILED ?? 0) + (jobs.TIMEOUT ?? 0) > 0 ? "FAILED" : "CANCELLED"} word={`${grouped((jobs.FAILED ?? 0) + (jobs.TIMEOUT ?? 0))} failed`} /></a>
      </p>
      <Pressure waiting={waiting?.items ?? []} whole={(waiting?.totalSize ?? 0) <= MOST_WAITING} />
      {reasons.length > 0 && <ul class="reasons">{reasons.map(([reason, count]) => <li key={reason}><span class="mono">{grouped(count)}</span> {reason}</li>)}</ul>}
    </section>
  );
}

/** How long the oldest waits, and how long those waited that were started within the last hour. */
function Pressure({ waiting, whole }: { waiting: Job[]; whole: boolean }) {
  const hour = Math.floor(tick.value / 60_000) * 60_000 - HOUR_MS;
  const since = useMemo(() => new Date(hour).toISOString(), [hour]);
  const started = useRead<{ items?: Job[] }>(`/api/jobs?status=RUNNING&status=COMPLETED&status=FAILED&pageSize=${MOST_WAITING}&createdAfter=${since}`, { every: WAITED_MS }).value.value?.items;
  const waits = useMemo(() => waitsOf(started ?? []), [started]);
  const longest = longestOf(waiting, tick.value);
  return <Facts facts={[["Longest wait now", longest !== null && (whole ? "" : "over ") + age(longest)], ["Waited, p50 · p95", waits.counted > 0 && `${age(waits.p50!)} · ${age(waits.p95!)}`]]} />;
}

const EVENTS_MS = 4_000;
const MOST_RECENT = 8;
const RECENT = "/api/events?pageSize=60&kind=node&kind=deployment&kind=model&kind=agent";

/** Changes of what there is: what work does stands in the lists below and beside. */
function RecentEvents() {
  const events = useRead<{ items: ClusterEvent[] }>(RECENT, { every: EVENTS_MS }).value.value?.items;
  const recent = useMemo(() => perRecord(events ?? [], MOST_RECENT), [events]);
  return (
    <section aria-label="Last events"><h2><a href={href("events")}>Last events</a></h2>
      {recent.length === 0 && events && <p class="muted">Nothing has happened yet.</p>}
      <ul class="rows">{recent.map(({ events: [event], count }) => (
        <li key={event.revision}><a href={href("events", [String(event.revision)])}><Status of={event.severity} word={event.type} /><span class="text">{nameOf(event)}</span><span class="muted">{count > 1 && <span title={`${grouped(count - 1)} earlier of the same record`}>+{grouped(count - 1)} · </span>}<Time at={event.at} /></span></a></li>
      ))}</ul>
    </section>
  );
}

function Recent() {
  const rows = useRows<Execution & { id: string }>("recent", () => new Rows<Execution & { id: string }>({ path: "/api/executions", kind: "executions", first: 8 }));
  return (
    <section aria-label="Newest executions"><h2>Newest executions</h2>
      {rows.loaded.value && rows.items.value.length === 0 && <p class="muted">Nothing was run yet. Every action on a deployment, every job and every download of a model is one.</p>}
      <ul class="rows">{rows.items.value.slice(0, 8).map((one) => (
        <li key={one.id}><a href={href("executions", [one.id])}><Status of={runStatus(one)} /><span class="text">{one.name ?? one.id}</span><span class="muted"><Time at={one.createdAt} /></span></a></li>
      ))}</ul>
    </section>
  );
}
