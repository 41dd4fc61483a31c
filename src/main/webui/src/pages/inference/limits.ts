/** What a key may use: as it is written, as it is sent, and in words. Pure. */
import type { KeyLimits } from "../../api/types.gen";
import { grouped, plural } from "../../lib/format";

export interface LimitDraft { models: string; requestsPerMinute: string; tokensPerMinute: string; concurrent: string; budget: string; period: string; priority: string }

export const NO_LIMITS: LimitDraft = { models: "", requestsPerMinute: "", tokensPerMinute: "", concurrent: "", budget: "", period: "DAY", priority: "" };

export function draftOf(limits: KeyLimits | undefined): LimitDraft {
  const text = (value: number | undefined) => (value === undefined ? "" : String(value));
  return { models: limits?.models?.join(" ") ?? "", requestsPerMinute: text(limits?.requestsPerMinute), tokensPerMinute: text(limits?.tokensPerMinute), concurrent: text(limits?.concurrent), budget: text(limits?.budget?.tokens), period: limits?.budget?.period ?? "DAY", priority: text(limits?.priority) };
}

function whole(text: string, what: string): number {
  const value = Number(text.replaceAll(/[\s,_]/g, ""));
  if (!Number.isInteger(value)) throw new Error(`${what}: "${text}" is no whole number`);
  return value;
}

/** What is empty is not limited. */
export function limitsFrom(draft: LimitDraft): KeyLimits {
  const limits: KeyLimits = {};
  const models = draft.models.split(/[\s,]+/).filter(Boolean);
  if (models.length > 0) limits.models = models;
  if (draft.requestsPerMinute.trim()) limits.requestsPerMinute = whole(draft.requestsPerMinute, "Requests per minute");
  if (draft.tokensPerMinute.trim()) limits.tokensPerMinute = whole(draft.tokensPerMinute, "Tokens per minute");
  if (draft.concurrent.trim()) limits.concurrent = whole(draft.concurrent, "Concurrent requests");
  if (draft.budget.trim()) limits.budget = { tokens: whole(draft.budget, "Budget"), period: draft.period === "MONTH" ? "MONTH" : "DAY" };
  if (draft.priority.trim()) limits.priority = whole(draft.priority, "Priority");
  return limits;
}

export function saysOf(limits: KeyLimits | undefined): string {
  const parts = [
    limits?.models && limits.models.join(", "),
    limits?.requestsPerMinute !== undefined && `${plural(limits.requestsPerMinute, "call")} a minute`,
    limits?.tokensPerMinute !== undefined && `${plural(limits.tokensPerMinute, "token")} a minute`,
    limits?.concurrent !== undefined && `${grouped(limits.concurrent)} at once`,
    limits?.budget && `${plural(limits.budget.tokens, "token")} a ${limits.budget.period === "DAY" ? "day" : "month"}`,
    limits?.priority !== undefined && `priority ${limits.priority}`,
  ].filter(Boolean);
  return parts.length === 0 ? "not limited" : parts.join("; ");
}
