import { useMemo } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, denied } from "../../api/http";
import type { DeploymentMetrics, InferenceEndpoint, InferenceModel, Usage } from "../../api/types.gen";
import { duration, grouped, plural } from "../../lib/format";
import { closed, href, place } from "../../lib/route";
import { Empty, Facts, Notice, Status, Time } from "../../ui/basic";
import { useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Delete } from "../../ui/delete";
import { contains, Filter } from "../../ui/filter";
import { Inspector } from "../../ui/inspector";
import { type Column, List, Open } from "../../ui/list";
import { Head } from "./head";

type Row = InferenceModel & { id: string };
const EVERY_MS = 3_000;
const LATENCY_MS = 15_000;
const USAGE_MS = 60_000;

const stateOf = (one: InferenceModel) => (one.kind === "alias" ? <Status of={one.state === "RESOLVED" ? "READY" : "DEGRADED"} word={one.state === "RESOLVED" ? "Ready" : "Names nothing"} /> : one.kind === "endpoint" ? <Status of={one.reason ? "DEGRADED" : "READY"} word={one.reason ? "Not usable" : "External"} /> : <Status of={one.state} />);

const COLUMNS: Column<Row>[] = [
  { head: "State", cell: stateOf, kind: "status" },
  { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name, kind: "grow" },
  { head: "Kind", cell: (one) => one.kind, by: (one) => one.kind, kind: "wide" },
  { head: "Serves", cell: (one) => servesOf(one), kind: "mono wide grow" },
  { head: "Running", cell: (one) => (one.kind === "alias" ? "" : grouped(one.inFlight ?? 0)), by: (one) => one.inFlight ?? 0, kind: "num" },
  { head: "Waiting", cell: (one) => (one.kind === "alias" ? "" : grouped(one.waiting ?? 0)), by: (one) => one.waiting ?? 0, kind: "num" },
  { head: "First token p50 · p95", cell: (one) => one.deploymentId && <Latency id={one.deploymentId} />, kind: "num wide" },
  { head: "Replicas", cell: (one) => (one.kind === "deployment" ? grouped(one.ready ?? 0) : ""), by: (one) => one.ready ?? 0, kind: "num wide" },
];

function servesOf(one: InferenceModel): string {
  if (one.kind === "alias") return (one.targets ?? []).map((target) => `${target.to} ${target.weight}`).join(", ");
  return [one.model && one.model + (one.modelVersion ? ":" + one.modelVersion : ""), one.engine].filter(Boolean).join(" · ") || "—";
}

const ms = (value: number | undefined) => (value === undefined ? "—" : duration(value));

/** Read for rows that can be seen alone. */
function Latency({ id }: { id: string }) {
  const time = useRead<DeploymentMetrics>(at("deployments", id, "metrics") + "?minutes=60&step=60", { every: LATENCY_MS }).value.value?.inference?.timeToFirstTokenMs;
  return <>{time ? `${ms(time.p50)} · ${ms(time.p95)}` : "—"}</>;
}

export function Callable() {
  const { rest, query } = place.value;
  const read = useRead<{ items?: InferenceModel[]; totalSize?: number }>("/api/inference/models?pageSize=1000", { every: EVERY_MS });
  useCommands([{ path: "/api/inference/models", cli: "aiwm inference models" }]);
  // two kinds may have one name, and several deployments one: the id tells them apart
  const items = useMemo(() => (read.value.value?.items ?? []).map((one): Row => ({ ...one, id: one.deploymentId ?? one.kind + ":" + one.name })), [read.value.value]);
  const shown = items.filter((one) => contains(query.q ?? "", one.name, one.kind, one.model));
  const open = items.find((one) => one.id === rest[0]);
  return (
    <div class="with-side">
      <main id="main" class="parts">
        <Head says={read.value.value ? plural(items.length, "name") : ""}><a class="btn primary" href={href("inference", [], { part: "try" })}>Try a model</a></Head>
        {read.problem.value && <Notice>{read.problem.value.message}</Notice>}
        {read.value.value && items.length === 0
          ? <Empty title="Nothing can be called yet"><p>A deployment with an engine, a service elsewhere, or an alias of these has a name, by which it is called at <code>{location.origin}/v1</code>.</p><p><a class="btn primary" href={href("deployments", ["new"])}>Deploy a model</a></p></Empty>
          : <><div class="tools"><Filter label="Name, kind or model" /></div>
            <List name="Models" items={shown} columns={COLUMNS} sortable label={(one) => one.name} card={(one) => <span class="two-lines"><span class="line-1"><Open id={one.id}>{one.name}</Open>{stateOf(one)}</span><span class="line-2 muted"><span>{one.kind}</span><span>{servesOf(one)}</span></span></span>} /></>}
      </main>
      {rest[0] && (open ? <Detail one={open} key={open.id} /> : read.value.value && <Inspector title={rest[0]}><Notice>Nothing has this name now.</Notice></Inspector>)}
    </div>
  );
}

function Detail({ one }: { one: Row }) {
  const metrics = useRead<DeploymentMetrics>(one.deploymentId ? at("deployments", one.deploymentId, "metrics") + "?minutes=60&step=60" : null, { every: LATENCY_MS }).value.value?.inference;
  const endpoint = useRead<InferenceEndpoint>(one.kind === "endpoint" ? at("inference", "endpoints", one.name) : null).value.value;
  const used = useRead<Usage>("/api/usage?groupBy=model", { every: USAGE_MS }).value.value?.items.find((line) => line.model === one.name);
  const { act, problem } = useAct();
  const times = (of: { p50?: number; p95?: number; p99?: number } | undefined) => of && `${ms(of.p50)} · ${ms(of.p95)} · ${ms(of.p99)}`;
  return (
    <Inspector title={one.name} id={one.deploymentId} status={stateOf(one)} actions={<>
      <a class="btn primary" href={href("inference", [], { part: "try", model: one.name })}>Try it</a>
      {one.deploymentId && <a class="btn" href={href("deployments", [one.deploymentId])}>Deployment</a>}
      {one.kind === "alias" && <a class="btn" href={href("inference", [one.name], { part: "aliases" })}>Alias</a>}
      {one.kind === "endpoint" && <Delete ask={`Delete the endpoint ${one.name}?`} path={at("inference", "endpoints", one.name)} why={denied()} act={act} onDone={(go) => go(closed())} />}
    </>}>
      <Notice>{problem.value}</Notice>
      {one.reason && <Notice tone="warn">{one.reason}</Notice>}
      <Facts facts={[["Kind", one.kind], ["Serves", servesOf(one)], ["Also called", one.model && (one.modelAliases ?? []).map((alias) => `${one.model}@${alias}`).join(", ")], ["Falls back to", one.fallback?.join(", ")],
        ["Concurrent requests per replica", one.kind === "alias" ? undefined : one.concurrency ?? "not limited"], ["Running here", one.inFlight], ["Waiting here", one.waiting], ["Address", endpoint?.baseUrl], ["It calls it", endpoint?.upstreamModel], ["Changed", endpoint && <Time key="c" at={endpoint.updatedAt} />]]} />
      {one.deploymentId && <><h3>Latency of the last hour, p50 · p95 · p99</h3>
        {metrics ? <Facts facts={[["Calls", grouped(metrics.calls)], ["Failed", metrics.failed ? <span key="f" class="fail">{grouped(metrics.failed)}</span> : "none"], ["First token", times(metrics.timeToFirstTokenMs)], ["Each further one", times(metrics.timePerOutputTokenMs)], ["Waited", times(metrics.queueMs)], ["Whole call", times(metrics.durationMs)]]} />
          : <p class="muted">Nobody called it in the last hour.</p>}</>}
      {used && <><h3>The last day, by this name</h3><Facts facts={[["Calls", grouped(used.calls)], ["Failed", grouped(used.errors)], ["Tokens in, out", `${grouped(used.promptTokens)} · ${grouped(used.completionTokens)}`], ["Mean of a call", used.calls ? duration((used.durationMillis ?? 0) / used.calls) : undefined]]} /></>}
    </Inspector>
  );
}
