import { useMemo } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at } from "../../api/http";
import type { CallTime, DeploymentMetrics } from "../../api/types.gen";
import { bytes, grouped } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { axisOf } from "../../lib/series";
import { Facts, Notice } from "../../ui/basic";
import { Chart, type Series } from "../../ui/chart";

const EVERY_MS = 10_000;
const RANGES: [string, string][] = [["15", "15 min"], ["30", "30 min"], ["60", "1 h"]];

type Key = "cpu" | "memoryBytes" | "gpu" | "gpuMemoryBytes" | "networkReceivedBytesPerSecond" | "networkSentBytesPerSecond";
const CHARTS: [Key, string, (value: number) => string][] = [
  ["cpu", "Cores", (value) => String(+value.toFixed(2))], ["memoryBytes", "Memory", bytes], ["gpu", "GPUs busy", (value) => String(+value.toFixed(2))], ["gpuMemoryBytes", "GPU memory", bytes],
  ["networkReceivedBytesPerSecond", "Received each second", bytes], ["networkSentBytesPerSecond", "Sent each second", bytes],
];

const ms = (value: number | undefined) => (value === undefined ? "—" : value < 1000 ? Math.round(value) + " ms" : (value / 1000).toFixed(1) + " s");
const times = (of: CallTime | undefined) => of && `${ms(of.p50)} · ${ms(of.p95)} · ${ms(of.p99)}`;

export function Metrics({ id }: { id: string }) {
  const minutes = place.value.query.range ?? "60";
  const read = useRead<DeploymentMetrics>(at("deployments", id, "metrics") + `?minutes=${encodeURIComponent(minutes)}&step=10`, { every: EVERY_MS });
  const metrics = read.value.value;
  const axis = useMemo(() => axisOf(metrics?.from, metrics?.stepSeconds ?? 10, metrics?.points ?? 0), [metrics]);
  const series = (key: Key): Series[] => (metrics?.replicas ?? []).filter((replica) => replica.series?.[key]?.some((value) => value !== null))
    .map((replica) => ({ name: `replica ${replica.index}${replica.gone ? " (gone)" : ""}`, points: replica.series![key]! }));
  const shown = CHARTS.map(([key, title, unit]) => ({ key, title, unit, series: series(key) })).filter((chart) => chart.series.length > 0);
  const calls = metrics?.inference;
  return (
    <>
      <div class="chips" role="group" aria-label="Time range">{RANGES.map(([value, label]) => <button key={value} type="button" class="chip" aria-pressed={minutes === value} onClick={() => setQuery({ range: value })}>{label}</button>)}</div>
      <Notice>{read.problem.value?.message}</Notice>
      {calls && <Facts facts={[["Calls", grouped(calls.calls)], ["Failed", calls.failed ? <span class="fail">{grouped(calls.failed)}: {Object.entries(calls.errors ?? {}).map(([code, count]) => `${code} ${count}`).join(", ")}</span> : "none"],
        ["Tokens in, out", `${grouped(calls.promptTokens)} · ${grouped(calls.completionTokens)}`], ["First token, p50 · p95 · p99", times(calls.timeToFirstTokenMs)], ["Each further one", times(calls.timePerOutputTokenMs)], ["Waited", times(calls.queueMs)], ["Whole call", times(calls.durationMs)]]} />}
      {metrics && shown.length === 0 && !calls && <p class="muted">Nothing was measured in this time. A replica is measured every ten seconds while it runs.</p>}
      <div class="charts">{shown.map((chart) => <Chart key={chart.key} title={chart.title} times={axis} series={chart.series} unit={chart.unit} group={"deployment/" + id} />)}</div>
      {metrics?.unanswered?.length ? <Notice tone="warn">Controllers that did not answer: {metrics.unanswered.join(", ")}. What they measured is missing.</Notice> : null}
    </>
  );
}
