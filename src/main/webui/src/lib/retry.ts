/** Which steps of an execution a retry runs again: the controller's rules, so that it can be said before it is done. Pure. */
import type { Execution, Step } from "../api/types.gen";
import { lookOf } from "./status";

/** As the body of `POST /api/executions/{id}/retry`; empty: what did not complete. */
export interface RetryChoice { steps?: number[]; from?: number; resetCompleted?: boolean }

const ENDED = ["COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"];
const done = (step: Step) => step.status === "COMPLETED";

/** The steps that run again, in their order. */
export function runsAgain(steps: Step[], choice: RetryChoice): Step[] {
  const named = choice.steps ?? (choice.from === undefined ? undefined : [choice.from]);
  if (!named) return steps.filter((step) => choice.resetCompleted || !done(step));
  const chosen = new Set(named);
  const after = new Map<number, Step[]>();
  for (const step of steps) for (const on of step.dependsOn ?? []) after.set(on, [...(after.get(on) ?? []), step]);
  const open = [...named];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const next of after.get(index) ?? []) {
      if (chosen.has(next.index!) || (choice.steps && done(next))) continue;
      chosen.add(next.index!);
      open.push(next.index!);
    }
  }
  return steps.filter((step) => chosen.has(step.index!));
}

const nameOf = (step: Step): string => step.name ?? step.command ?? String(step.index);

/** Why no step of it can be retried; null: it can. */
export function whyNoRetry(one: Execution): string | null {
  if (one.steps?.some((step) => step.command === "agent.model")) return "It is a turn of a conversation: send the message again";
  if (one.steps?.some((step) => step.command === "agent.trial")) return "It is a run of an evaluation: begin another one";
  return ENDED.includes(one.status ?? "") ? null : "It has not ended";
}

/** Why this step could not run: what it needs did not complete. Null: it could. */
export function whyBlocked(steps: Step[], step: Step): string | null {
  const needed = (step.dependsOn ?? []).map((index) => steps[index]).find((one) => one && !one.optional && !done(one));
  return needed ? `It needs ${nameOf(needed)}, which is ${lookOf(needed.status).word.toLowerCase()}: retry that one` : null;
}

const NAMED = 4;

const list = (steps: Step[]): string => {
  const names = steps.slice(0, NAMED).map(nameOf);
  if (steps.length > NAMED) names.push(`${steps.length - NAMED} more`);
  return names.length < 2 ? names.join() : names.slice(0, -1).join(", ") + " and " + names.at(-1);
};

/** What is asked before it is done: which steps run again, and what stays as it is. */
export function askOf(steps: Step[], choice: RetryChoice): string {
  const again = runsAgain(steps, choice);
  const kept = steps.filter((step) => done(step) && !again.includes(step)).length;
  const stays = kept === 0 ? "" : ` ${kept === 1 ? "1 step that is done stays" : `${kept} steps that are done stay`}.`;
  return `Run ${again.length === steps.length && steps.length > 1 ? `all ${steps.length} steps` : list(again)} again?${stays}`;
}
