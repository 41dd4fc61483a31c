/** From an execution to the request that makes it once more, to be changed before it is sent. Pure. */
import type { Execution, NewExecution, Step } from "../api/types.gen";

const MASK = "***";
const HOUR_MS = 3_600_000;
/** What of a step the API takes, with what it takes it as if it is left out. */
const FIELDS: [keyof Step, unknown][] = [["name", undefined], ["command", undefined], ["dependsOn", "[]"], ["sameNodeAs", undefined], ["optional", "false"], ["timeoutMs", undefined], ["maxRetries", "0"],
  ["onNodeLost", '"reschedule"'], ["requirements", undefined], ["priority", "50"], ["preemptible", "false"], ["gang", undefined]];

/** To begin with, where nothing is like it. */
export const FIRST: NewExecution = { name: "check", start: true, steps: [{ command: "system.healthCheck" }] };

/** Why it is not made once more by hand; null: it can be. */
export function whyNoReplay(one: Execution): string | null {
  if (one.category === "deployment") return "It is part of a deployment: change that instead";
  if (one.category === "batch") return "It is part of a batch: send the batch again";
  if (one.steps?.some((step) => step.command?.startsWith("agent."))) return "It is work of an agent: send the message again";
  return null;
}

function masked(value: unknown, path: string): string[] {
  if (value === MASK) return [path];
  return value !== null && typeof value === "object" ? Object.entries(value).flatMap(([key, part]) => masked(part, `${path}/${key}`)) : [];
}

/** @returns lost in words, what cannot be read back */
export function replayOf(one: Execution): { request: NewExecution; lost: string[] } {
  const steps = (one.steps ?? []).map((step) => {
    const copy: Record<string, unknown> = Object.fromEntries(FIELDS.filter(([key, usual]) => step[key] !== undefined && JSON.stringify(step[key]) !== usual).map(([key]) => [key, step[key]]));
    // whose run it is, is said anew
    const { jobId: _, ...data } = (step.data ?? {}) as Record<string, unknown>;
    if (Object.keys(data).length > 0) copy.data = data;
    return copy as unknown as NewExecution["steps"][number];
  });
  const hidden = steps.flatMap((step, i) => masked(step.data, `/steps/${i}/data`));
  const lost = hidden.length > 0 ? [`Secret, and to be written again: ${hidden.join(", ")}.`] : [];
  if (steps.some((step) => (step.data as Record<string, unknown> | undefined)?.inputs)) lost.push("An upload belongs to one run: name another one in inputs, or leave them out.");
  return {
    request: {
      ...(one.name !== undefined && { name: one.name }),
      ...((one.category === "model" || one.category === "system") && { category: one.category }),
      ...(one.timeoutMs !== undefined && one.timeoutMs !== HOUR_MS && { timeoutMs: one.timeoutMs }),
      start: true,
      steps,
    },
    lost,
  };
}
