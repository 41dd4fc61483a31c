/** What lists and details say of a job. */
import { at, call, denied } from "../../api/http";
import type { Job } from "../../api/types.gen";
import { grouped } from "../../lib/format";
import type { Ask } from "../../ui/ask";
import { priorityWord } from "./request";

export type JobRow = Job & { id: string };

export const jobLog = (job: JobRow) => ({ key: job.id, title: job.name ?? job.id, path: at("jobs", job.id, "logs") });

/** Why it waits, what it does, or how it ended: on the row, in words. */
export function sayOf(job: Job): string {
  const tasks = job.array?.tasks;
  if (tasks) return `${grouped(tasks.completed ?? 0)} of ${grouped(tasks.total ?? 0)} tasks done${tasks.failed ? `, ${tasks.failed} failed` : ""}`;
  if (job.status === "QUEUED" || job.status === "PENDING") return job.waitingReason ?? "";
  if (job.error?.message) return job.error.message;
  if (job.oomKilled) return "killed for using more memory than it may";
  if (job.exitCode) return "exit code " + job.exitCode;
  return job.message ?? "";
}

/** What was asked for stands beside what became of it, though the schema names only the second. */
type Asked = JobRow & { requirements?: { gpus?: { count?: number } | number }; priority?: number };

export function gpusOf(job: JobRow): string {
  const gpus = (job as Asked).requirements?.gpus;
  return gpus === undefined ? "—" : String(typeof gpus === "number" ? gpus : gpus.count ?? 1);
}

export const priorityOf = (job: JobRow): string => priorityWord((job as Asked).priority);

const OPEN = ["PENDING", "QUEUED", "ASSIGNED", "RUNNING"];
export const isOpen = (job: Job): boolean => OPEN.includes(job.status ?? "");
export const whyNotRetried = (job: Job): string | null => denied() ?? (["FAILED", "TIMEOUT", "CANCELLED"].includes(job.status ?? "") ? null : "Only what failed can be retried");
export const whyNotCancelled = (job: Job): string | null => denied() ?? (isOpen(job) ? null : "It has ended");
export const retry = (id: string): Promise<unknown> => call("POST", at("jobs", id, "retry"));
export const cancel = (id: string): Promise<unknown> => call("POST", at("jobs", id, "cancel"), { reason: "cancelled on the page" });
export const cancelAsks = (job: JobRow): string => `Cancel ${job.name ?? job.id}?`;

/** Of `r` and `c`: the same as the buttons of its details. */
export const keysOf = (ask: Ask): { keys: string; says: string; run: (job: JobRow) => void }[] => [
  { keys: "r", says: "Retry…", run: (job) => ask.of({ label: "Retry", why: whyNotRetried(job), ask: `Run ${job.name ?? job.id} again?`, yes: "Yes, retry", run: () => retry(job.id) }) },
  { keys: "c", says: "Cancel…", run: (job) => ask.of({ label: "Cancel", why: whyNotCancelled(job), ask: cancelAsks(job), yes: "Yes, cancel it", danger: true, run: () => cancel(job.id) }) },
];
