/** Where the calls of an alias go. Pure. */
import { percent } from "../../lib/format";

export type Target = { to: string; weight: number };

/** "qwen 9", one a line; without a number the weight is 1. */
export function targetsOf(text: string): Target[] {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const match = /^(\S+?)(?:[\s=:]+(\d+))?$/.exec(line);
    if (!match || match[2] === "0") throw new Error(`"${line}" is no target; write a name and its weight: qwen 9`);
    return { to: match[1], weight: Number(match[2] ?? 1) };
  });
}

export const shareOf = (targets: readonly Target[], target: Target): string => percent(target.weight, targets.reduce((sum, one) => sum + one.weight, 0));
