/** What a box of the graph says, and where one goes to. Pure. */
import type { Step } from "../api/types.gen";
import { took } from "./format";
import type { Box } from "./layers";
import { lookOf } from "./status";

const WORST = ["FAILED", "TIMEOUT", "RUNNING", "ASSIGNED", "QUEUED", "PENDING", "CANCELLED", "COMPLETED"];
const FAILED = ["FAILED", "TIMEOUT"];

export const statusOf = (box: Box, steps: Step[]): string => (box.steps.length === 1 ? steps[box.steps[0].index].status! : WORST.find((one) => box.steps.some((step) => steps[step.index].status === one)) ?? "PENDING");

/** How many steps of a box are in which group of states, for the strip below its name. */
export function sharesOf(box: Box, steps: Step[]): { tone: "ok" | "run" | "fail" | "idle"; count: number }[] {
  const count = (...states: string[]) => box.steps.filter((step) => states.includes(steps[step.index].status!)).length;
  const [ok, run, fail] = [count("COMPLETED"), count("RUNNING", "ASSIGNED"), count(...FAILED)];
  return [{ tone: "ok" as const, count: ok }, { tone: "run" as const, count: run }, { tone: "fail" as const, count: fail }, { tone: "idle" as const, count: box.steps.length - ok - run - fail }].filter((share) => share.count > 0);
}

/** One line that says most: how far, which try, what it waits for, how long it took. */
export function lineOf(box: Box, steps: Step[], now: number): string {
  if (box.steps.length > 1) {
    const counts = Object.fromEntries(sharesOf(box, steps).map((share) => [share.tone, share.count])) as Record<string, number | undefined>;
    return `${counts.ok ?? 0}/${box.steps.length} done${counts.fail ? `, ${counts.fail} failed` : counts.run ? `, ${counts.run} run` : ""}`;
  }
  const step = steps[box.steps[0].index];
  if (step.status === "PENDING") {
    const left = (step.dependsOn ?? []).filter((index) => steps[index]?.status !== "COMPLETED").length;
    return left > 0 ? `waits for ${left}` : "waits";
  }
  if (step.status === "QUEUED") return step.message ? step.message : "queued";
  const attempt = (step.attempt ?? 1) > 1 ? `try ${step.attempt}${step.maxRetries ? " of " + (step.maxRetries + 1) : ""}` : "";
  if (step.status === "RUNNING") return attempt || (step.progress ? step.progress + "%" : took(step.startedAt, undefined, now));
  return [took(step.startedAt, step.finishedAt, 0), attempt].filter((part) => part && part !== "—").join(" · ") || lookOf(step.status).word;
}

/** The next failed step after the one that is chosen, the first of them again after the last. */
export function nextFailed(steps: Step[], chosen: number | undefined): number | undefined {
  const failed = steps.filter((step) => FAILED.includes(step.status!)).map((step) => step.index!);
  return failed.find((index) => chosen !== undefined && index > chosen) ?? failed[0];
}

export const LEAST_SCALE = 0.05;
export const MOST_SCALE = 2;
const EASY_SCALE = 0.7;

/** A graph that is a little too wide is made smaller; one that is much too wide is scrolled. */
export const easyScale = (width: number, room: number): number => (room / width >= EASY_SCALE ? Math.min(1, room / width) : 1);

/** So that all of it is seen. */
export const fitScale = (width: number, height: number, roomX: number, roomY: number): number => Math.min(1, Math.max(LEAST_SCALE, Math.min(roomX / width, roomY / height)));
