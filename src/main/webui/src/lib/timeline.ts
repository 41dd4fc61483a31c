/** When steps waited and ran, as bars of one time axis. Pure. */
import type { Attempt, Step } from "../api/types.gen";
import { duration } from "./format";

export interface Bar { from: number; to: number; kind: "waited" | "ran"; status: string; says: string }
export interface TimelineRow { step: Step; bars: Bar[] }
/** A time in which nothing ran, drawn much shorter than it was. */
export interface Cut { from: number; to: number; says: string }
export interface Timeline {
  rows: TimelineRow[];
  from: number;
  to: number;
  marks: { at: number; text: string }[];
  cuts: Cut[];
  /** Where a moment stands on the axis, from 0 to 1. */
  share: (moment: number) => number;
}

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
  const queued = at(step.queuedAt);
  // what does not say when it was queued: the only try waited since the step was
  const bars = attempts.flatMap((attempt, i) => barsOf(attempt, attempts.length === 1 ? queued : undefined, i === attempts.length - 1 ? status : attempt.outcome ?? "FAILED", now));
  if (status === "QUEUED" && queued !== undefined) bars.push({ from: queued, to: Math.max(queued, now), kind: "waited", status, says: attempts.length > 0 ? `waits for try ${attempts.length + 1}` : "waits" });
  else if (attempts.length === 0 && queued !== undefined && step.finishedAt) bars.push({ from: queued, to: at(step.finishedAt)!, kind: "waited", status, says: "waited" });
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

/** How much of the axis one cut takes, and from which part of the whole on a time without work is worth cutting. */
const CUT_SHARE = 0.03;
const WORTH_CUTTING = 0.08;

/** Times in which nothing ran and that are long beside the whole. */
function idle(rows: TimelineRow[], from: number, to: number): Cut[] {
  const ran = rows.flatMap((row) => row.bars.filter((bar) => bar.kind === "ran")).sort((a, b) => a.from - b.from);
  const cuts: Cut[] = [];
  let until = from;
  for (const bar of [...ran, { from: to, to }]) {
    if (bar.from - until > (to - from) * WORTH_CUTTING) cuts.push({ from: until, to: bar.from, says: `nothing ran for ${duration(bar.from - until)}` });
    until = Math.max(until, bar.to);
  }
  return cuts;
}

/** The axis with the cuts drawn together: linear between them. */
function axis(from: number, to: number, cuts: Cut[]): (moment: number) => number {
  const shown = to - from - cuts.reduce((sum, cut) => sum + cut.to - cut.from, 0);
  // where nothing ran at all there is nothing to draw instead
  const whole = shown <= 0 ? 0 : (1 - cuts.length * CUT_SHARE) / shown;
  const cutShare = shown <= 0 ? 1 / cuts.length : CUT_SHARE;
  return (moment) => {
    let share = 0;
    let until = from;
    for (const cut of cuts) {
      if (moment <= cut.from) break;
      share += (cut.from - until) * whole + cutShare * Math.min(1, (moment - cut.from) / (cut.to - cut.from));
      until = cut.to;
      if (moment <= cut.to) return share;
    }
    return share + (moment - until) * whole;
  };
}

/** Marks at round times, none of them where the axis is cut, and none so near to the one before that it is written over. */
function marksOf(from: number, to: number, cuts: Cut[], share: (moment: number) => number, most: number): { at: number; text: string }[] {
  const busy = to - from - cuts.reduce((sum, cut) => sum + cut.to - cut.from, 0);
  const step = STEPS_MS.find((one) => Math.max(1, busy) / one <= most) ?? STEPS_MS.at(-1)!;
  const marks: { at: number; text: string }[] = [];
  let until = from;
  let last = -1;
  for (const end of [...cuts.map((cut) => [cut.from, cut.to]), [to, to]]) {
    for (let mark = Math.ceil((until - from) / step) * step; from + mark <= end[0]; mark += step) {
      const where = share(from + mark);
      // one at the very end would stand outside
      if (where > 0.95 || where - last < 0.08) continue;
      last = where;
      marks.push({ at: from + mark, text: label(mark) });
    }
    until = end[1];
  }
  return marks;
}

/** @param hideIdle whether times in which nothing ran are drawn short */
export function timeline(steps: Step[], startedAt: string | undefined, now: number, hideIdle = false, most = 6): Timeline {
  const rows = steps.map((step) => rowOf(step, now));
  const times = rows.flatMap((row) => row.bars.flatMap((bar) => [bar.from, bar.to]));
  const from = times.reduce((least, time) => Math.min(least, time), at(startedAt) ?? Infinity);
  if (!Number.isFinite(from)) return { rows, from: now, to: now + 1, marks: [], cuts: [], share: () => 0 };
  const to = times.reduce((latest, time) => Math.max(latest, time), from + 1);
  const cuts = hideIdle ? idle(rows, from, to) : [];
  const share = axis(from, to, cuts);
  return { rows, from, to, cuts, share, marks: marksOf(from, to, cuts, share, most) };
}

/** Whether there is anything to hide. */
export const hasIdle = (plan: Timeline): boolean => idle(plan.rows, plan.from, plan.to).length > 0;
