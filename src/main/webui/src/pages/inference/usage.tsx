import { useMemo } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { send } from "../../api/http";
import { search } from "../../api/rows";
import type { Usage } from "../../api/types.gen";
import { duration, grouped } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Chart } from "../../ui/chart";
import { useCommands } from "../../ui/command-menu";
import { Head } from "./head";
import { type By, spentOf } from "./spent";

const HOURS: [string, string][] = [["24", "24 h"], ["168", "7 days"], ["720", "30 days"]];
const BYS: [By, string][] = [["model", "model"], ["key", "key"], ["user", "user"], ["team", "team"], ["deployment", "deployment"], ["endpoint", "endpoint"], ["node", "node"]];
const MOST_HOURLY = 48;
const HOUR_MS = 3_600_000;

export function UsagePart() {
  const { query } = place.value;
  const hours = Number(query.hours ?? "24") || 24;
  const by = BYS.find(([key]) => key === query.by)?.[0] ?? "model";
  const step = hours <= MOST_HOURLY ? "hour" : "day";
  // to the hour, so that the same is asked for again
  const from = useMemo(() => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (hours - 1) * HOUR_MS).toISOString(), [hours]);
  const path = (groupBy: string, format?: string) => "/api/usage" + search({ from, groupBy, format });
  const times = useRead<Usage>(path(`${step},${by}`), { every: 30_000 });
  const sums = useRead<Usage>(path(by), { every: 30_000 });
  const { act, problem } = useAct();
  useCommands([{ path: path(by), cli: `aiwm usage --by ${by}` }]);
  const lines = times.value.value;
  const spent = useMemo(() => (lines ? { tokens: spentOf(lines.items, by, "totalTokens", Date.parse(from), Date.now(), step), calls: spentOf(lines.items, by, "calls", Date.parse(from), Date.now(), step) } : null), [lines]);
  const total = sums.value.value?.total;
  const items = [...(sums.value.value?.items ?? [])].sort((a, b) => (b.totalTokens ?? 0) - (a.totalTokens ?? 0));
  return (
    <main id="main" class="parts">
      <Head says={total ? `${grouped(total.calls)} calls · ${grouped(total.totalTokens)} tokens` : ""}><Button label="CSV" onPress={() => act("Download", () => download(path(by, "csv")))} /></Head>
      <div class="tools">
        <div class="chips" role="group" aria-label="Time range">{HOURS.map(([value, label]) => <button key={value} type="button" class="chip" aria-pressed={String(hours) === value} onClick={() => setQuery({ hours: value === "24" ? undefined : value })}>{label}</button>)}</div>
        <label class="inline">By <select name="by" value={by} onChange={(event) => setQuery({ by: event.currentTarget.value === "model" ? undefined : event.currentTarget.value })}>{BYS.map(([key, label]) => <option key={key} value={key}>{label}</option>)}</select></label>
      </div>
      <Notice>{times.problem.value?.message ?? sums.problem.value?.message ?? problem.value}</Notice>
      {spent && spent.tokens.series.length === 0 && <p class="muted">No model was called in this time.</p>}
      {spent && spent.tokens.series.length > 0 && <div class="charts">
        <Chart title={`Tokens each ${step}`} times={spent.tokens.times} series={spent.tokens.series} unit={(value) => grouped(Math.round(value))} group="usage" />
        <Chart title={`Calls each ${step}`} times={spent.calls.times} series={spent.calls.series} unit={(value) => grouped(Math.round(value))} group="usage" />
      </div>}
      {items.length > 0 && <div class="scroll-x" tabIndex={0} role="group" aria-label="Usage as a table"><table class="plain"><thead><tr><th scope="col">{by[0].toUpperCase() + by.slice(1)}</th>{["Calls", "Failed", "Tokens in", "Tokens out", "Tokens", "Mean wait", "Mean call"].map((head) => <th key={head} scope="col" class="num">{head}</th>)}</tr></thead>
        <tbody>{items.map((line) => <tr key={line[by]}><td class="mono">{line[by] || "none"}</td><td class="num">{grouped(line.calls)}</td><td class={"num" + (line.errors ? " fail" : "")}>{grouped(line.errors)}</td><td class="num">{grouped(line.promptTokens)}</td><td class="num">{grouped(line.completionTokens)}</td><td class="num">{grouped(line.totalTokens)}</td>
          <td class="num">{line.calls ? duration((line.queueMillis ?? 0) / line.calls) : "—"}</td><td class="num">{line.calls ? duration((line.durationMillis ?? 0) / line.calls) : "—"}</td></tr>)}</tbody></table></div>}
    </main>
  );
}

async function download(path: string): Promise<void> {
  const answer = await send("GET", path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = "usage.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
