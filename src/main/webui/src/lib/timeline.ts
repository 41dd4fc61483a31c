/** When steps waited and ran, as bars of one time axis. Pure. */
import type { Attempt, Step } from "../api/types.gen";

export interface Bar { from: number; to: number; kind: "waited" | "ran"; status: string; says: string }
export interface TimelineRow { step: Step; bars: Bar[] }
export interface Timeline { rows: TimelineRow[]; from: number; to: number; marks: { at: number; text: string }[] }

const at = (time: string | undefined): number | undefined => (time ? Date.parse(time) : undefined);

/** One try: the hollow part is what it waited, the solid part what it ran. */
function barsOf(attempt: Attempt, queuedAt: number | undefined, status: string, now: number): Bar[] {
  const assigned = at(attempt.assignedAt);
  const started = at(attempt.startedAt) ?? assigned;
  const ended = at(attempt.finishedAt) ?? now;
  const waits = at(attempt.queuedAt) ?? queuedAt;
  const name = `try ${attempt.number ?? 1}${attempt.nodeId ? " on " + attempt.nodeId : ""}`;
  const bars: Bar[] = [];
  if (waits !== undefined && (started ?? now) > waits) bars.push({ from: waits, to: started ?? now, kind: "waited", status, says: name + " waited" });
  if (started !== undefined) bars.push({ from: started, to: Math.max(started, ended), kind: "ran", status: attempt.outcome ?? status, says: name });
  return bars;
}

function rowOf(step: Step, now: number): TimelineRow {
  const attempts = step.attempts ?? [];
  const status = step.status ?? "PENDING";
  if (attempts.length === 0) {
    const queued = at(step.queuedAt);
    const open = status === "QUEUED" || status === "PENDING";
    const ended = at(step.finishedAt) ?? (open ? now : undefined);
    return { step, bars: queued !== undefined && ended !== undefined ? [{ from: queued, to: ended, kind: "waited", status, says: "waits" }] : [] };
  }
  let before = at(step.queuedAt);
  const bars = attempts.flatMap((attempt, i) => {
    // a retry waits from the end of the one before
    const made = barsOf(attempt, i === 0 && attempts.length === 1 ? before : i === 0 ? undefined : before, i === attempts.length - 1 ? status : attempt.outcome ?? "FAILED", now);
    before = at(attempt.finishedAt);
    return made;
  });
  return { step, bars };
}

const STEPS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000];

function label(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1_000) return ms + " ms";
  if (ms < 60_000) return ms / 1_000 + " s";
  if (ms < 3_600_000) return +(ms / 60_000).toFixed(1) + " min";
  return +(ms / 3_600_000).toFixed(1) + " h";
}

export function timeline(steps: Step[], startedAt: string | undefined, now: number, most = 6): Timeline {
  const rows = steps.map((step) => rowOf(step, now));
  const times = rows.flatMap((row) => row.bars.flatMap((bar) => [bar.from, bar.to]));
  const from = Math.min(at(startedAt) ?? Infinity, ...times);
  if (!Number.isFinite(from)) return { rows, from: now, to: now + 1, marks: [] };
  const to = Math.max(from + 1, ...times);
  const step = STEPS_MS.find((one) => (to - from) / one <= most) ?? STEPS_MS.at(-1)!;
  const marks = [];
  // one at the very end would stand outside
  for (let mark = 0; mark <= (to - from) * 0.95; mark += step) marks.push({ at: from + mark, text: label(mark) });
  return { rows, from, to, marks };
}
