/** Lines of the usage as a chart and a table need them. Pure. */
import type { Usage } from "../../api/types.gen";
import type { Series } from "../../ui/chart";

type Line = Usage["items"][number];
export type By = "model" | "key" | "user" | "team" | "deployment" | "endpoint" | "node";

const HOUR_MS = 3_600_000;

export interface Spent { times: number[]; series: Series[] }

/** A series for each name, the largest first; an hour or day without a line is 0. `step` is the distance of two points. */
export function spentOf(lines: readonly Line[], by: By, what: "totalTokens" | "calls", from: number, to: number, step: "hour" | "day"): Spent {
  const width = step === "hour" ? HOUR_MS : 24 * HOUR_MS;
  const first = Math.floor(from / width) * width;
  const points = Math.max(1, Math.min(2_000, Math.ceil((to - first) / width)));
  const sums = new Map<string, number[]>();
  for (const line of lines) {
    const index = Math.floor((Date.parse((step === "hour" ? line.hour : line.day) ?? "") - first) / width);
    if (!(index >= 0 && index < points)) continue;
    const name = line[by] || "none";
    const all = sums.get(name) ?? new Array<number>(points).fill(0);
    all[index] += line[what] ?? 0;
    sums.set(name, all);
  }
  const sum = (all: number[]) => all.reduce((so, one) => so + one, 0);
  return {
    times: Array.from({ length: points }, (_, i) => (first + i * width) / 1000),
    series: [...sums].sort((a, b) => sum(b[1]) - sum(a[1])).map(([name, all]) => ({ name, points: all })),
  };
}
