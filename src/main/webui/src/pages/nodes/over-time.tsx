/** What a machine and its GPUs used, over minutes to a day, with what happened to it. */
import { useMemo } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at } from "../../api/http";
import type { ClusterEvent, GpuSeries, Node, NodeMetrics, NodeSeries } from "../../api/types.gen";
import { nameOf, sayOf } from "../../lib/events";
import { bytes, plural } from "../../lib/format";
import { href, place, setQuery } from "../../lib/route";
import { axisOf, spread } from "../../lib/series";
import { gpusOf, lookOf } from "../../lib/status";
import { Notice, Status, Time } from "../../ui/basic";
import { Chart, type Mark, MOST_SERIES, type Series } from "../../ui/chart";

const EVERY_MS = 10_000;
const MINUTE_MS = 60_000;
/** Minutes, name, seconds between two points. */
const RANGES: [string, string, number][] = [["15", "15 min", 10], ["60", "1 h", 10], ["360", "6 h", 60], ["1440", "24 h", 120]];

const share = (value: number) => Math.round(value * 100) + "%";
const OF_NODE: [(keyof NodeSeries)[], string, (value: number) => string, number?][] = [
  [["cpuUtilization"], "Processor", share, 1], [["memoryUsedBytes"], "Memory", bytes], [["diskUsedBytes"], "Disk", bytes], [["networkReceivedBytesPerSecond", "networkSentBytesPerSecond"], "Network, each second", bytes],
];
const NAMES: Partial<Record<keyof NodeSeries, string>> = { networkReceivedBytesPerSecond: "received", networkSentBytesPerSecond: "sent" };
const OF_GPUS: [keyof GpuSeries, string, (value: number) => string, number?][] = [
  ["utilization", "GPUs busy", share, 1], ["memoryUsedBytes", "GPU memory", bytes], ["temperatureCelsius", "GPU temperature", (value) => Math.round(value) + " °C"], ["powerWatts", "GPU power", (value) => Math.round(value) + " W"],
];

const measured = (points: (number | null)[] | undefined): points is (number | null)[] => points?.some((value) => value !== null) ?? false;

/** Few GPUs one by one; of many the mean and the edges, unless one is chosen. */
function gpuSeries(metrics: NodeMetrics, key: keyof GpuSeries, chosen: string): Series[] {
  const all = metrics.gpus.filter((gpu) => measured(gpu.series?.[key]) && (chosen === "" || String(gpu.index) === chosen)).map((gpu) => ({ name: "GPU " + gpu.index, points: gpu.series![key]! }));
  if (all.length <= MOST_SERIES) return all;
  const { mean, highest, lowest } = spread(all.map((one) => one.points));
  return [{ name: `mean of ${all.length}`, points: mean }, { name: "highest", points: highest }, { name: "lowest", points: lowest }];
}

export function OverTime({ id, node }: { id: string; node: Node }) {
  const { range = "60", gpu = "" } = place.value.query;
  const [minutes, , step] = RANGES.find(([value]) => value === range) ?? RANGES[1];
  const span = Number(minutes) * MINUTE_MS;
  // the beginning stays, so that what is asked for stays the same; what has become older than the range is cut off
  const from = useMemo(() => new Date(Math.floor((Date.now() - span) / MINUTE_MS) * MINUTE_MS).toISOString(), [id, span]);
  const read = useRead<NodeMetrics>(at("nodes", id, "metrics") + `?from=${from}&step=${step}`, { every: EVERY_MS });
  const told = read.value.value;
  const metrics = useMemo(() => told && newest(told, span / 1000), [told]);
  const times = useMemo(() => axisOf(metrics?.from, metrics?.stepSeconds ?? step, metrics?.points ?? 0), [metrics]);
  const events = useMarks(id, Date.parse(from));
  const marks: Mark[] = useMemo(() => events.map((event) => ({ at: Date.parse(event.at) / 1000, tone: lookOf(event.severity).tone, text: event.type })), [events]);
  const charts = useMemo(() => (metrics ? chartsOf(metrics, gpu) : []), [metrics, gpu]);
  return (
    <>
      <div class="tools">
        <div class="chips" role="group" aria-label="Time range">{RANGES.map(([value, label]) => <button key={value} type="button" class="chip" aria-pressed={value === minutes} onClick={() => setQuery({ range: value === "60" ? undefined : value })}>{label}</button>)}</div>
        {gpusOf(node).length > 1 && <label class="inline">GPU <select name="gpu" value={gpu} onChange={(event) => setQuery({ gpu: event.currentTarget.value || undefined })}><option value="">all</option>{gpusOf(node).map((one) => <option key={one.index} value={String(one.index)}>{one.index}</option>)}</select></label>}
      </div>
      <Notice>{read.problem.value?.message}</Notice>
      {metrics?.unanswered?.length ? <Notice tone="warn">Controllers that did not answer: {metrics.unanswered.join(", ")}. What they measured and is not stored yet is missing.</Notice> : null}
      {metrics && charts.length === 0 && <p class="muted">Nothing was measured in this time. A node tells what it uses while it is connected.</p>}
      <div class="charts">{charts.map((chart) => <Chart key={chart.title} {...chart} times={times} marks={marks} group={"node/" + id} />)}</div>
      <Happened id={id} events={events} />
    </>
  );
}

/** The last so many seconds of it. */
function newest(metrics: NodeMetrics, seconds: number): NodeMetrics {
  const skip = Math.max(0, metrics.points - Math.ceil(seconds / metrics.stepSeconds) - 1);
  const cut = <T extends NodeSeries | GpuSeries>(series: T | undefined): T => Object.fromEntries(Object.entries<(number | null)[]>(series ?? {}).map(([key, points]) => [key, points.slice(skip)])) as T;
  const from = new Date(Date.parse(metrics.from) + skip * metrics.stepSeconds * 1000).toISOString();
  return { ...metrics, from, points: metrics.points - skip, series: cut(metrics.series), gpus: metrics.gpus.map((gpu) => ({ ...gpu, series: cut(gpu.series) })) };
}

function chartsOf(metrics: NodeMetrics, gpu: string) {
  const ofNode = OF_NODE.map(([keys, title, unit, most]) => ({
    title, unit, most, series: keys.filter((key) => measured(metrics.series[key])).map((key) => ({ name: NAMES[key] ?? title.toLowerCase(), points: metrics.series[key]! })),
  }));
  const ofGpus = OF_GPUS.map(([key, title, unit, most]) => ({ title, unit, most, series: gpuSeries(metrics, key, gpu) }));
  return [...ofGpus, ...ofNode].filter((chart) => chart.series.length > 0);
}

const MOST_MARKS = 100;
const EVENTS_MS = 10_000;

/** What happened to the node, and to replicas on it: their restarts and ends, memory that ran out. */
function useMarks(id: string, since: number): ClusterEvent[] {
  const own = useRead<{ items: ClusterEvent[] }>(`/api/events?pageSize=${MOST_MARKS}&resource=${encodeURIComponent(id)}`, { every: EVENTS_MS }).value.value;
  const replicas = useRead<{ items: ClusterEvent[] }>("/api/events?pageSize=500&type=replica.*&severity=warning", { every: EVENTS_MS }).value.value;
  return useMemo(() => [...own?.items ?? [], ...(replicas?.items ?? []).filter((event) => event.nodeId === id)].filter((event) => Date.parse(event.at) >= since).sort((a, b) => b.revision - a.revision).slice(0, MOST_MARKS), [own, replicas, since]);
}

/** The marks in words. */
function Happened({ id, events }: { id: string; events: ClusterEvent[] }) {
  return (
    <section aria-label="What happened in this time">
      <h3>{plural(events.length, "event")} in this time, the dashed lines</h3>
      <ol class="events">{events.slice(0, 20).map((event) => <li key={event.revision}><span class="muted"><Time at={event.at} /></span><span><Status of={event.severity} word={event.type} /> {event.resourceId === id ? "" : nameOf(event) + " "}{sayOf(event)}</span></li>)}</ol>
      <p><a href={href("events", [], { resource: id })}>All that happened to {id}</a></p>
    </section>
  );
}
