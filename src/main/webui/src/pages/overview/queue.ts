/** How long work waits before it runs. Pure. */
import type { Job } from "../../api/types.gen";

const wait = (job: Job, now: number): number => Math.max(0, (job.startedAt ? Date.parse(job.startedAt) : now) - Date.parse(job.createdAt ?? ""));

/** The value below which so much of them lies; null: there are none. @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? sorted[0];
}

export interface Waits { p50: number | null; p95: number | null; counted: number }

/** Of jobs that were started. */
export function waitsOf(jobs: readonly Job[]): Waits {
  const waits = jobs.filter((job) => job.startedAt && job.createdAt).map((job) => wait(job, 0));
  return { p50: quantile(waits, 0.5), p95: quantile(waits, 0.95), counted: waits.length };
}

/** How long the one waits that has waited longest; null: none waits. */
export const longestOf = (waiting: readonly Job[], now: number): number | null => (waiting.length === 0 ? null : Math.max(...waiting.map((job) => wait(job, now))));

/** Why they wait, the most common reason first. */
export function reasonsOf(waiting: readonly Job[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const job of waiting) counts.set(job.waitingReason ?? "has just come", (counts.get(job.waitingReason ?? "has just come") ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
