/** An evaluation as somebody writes it, and its expectations in words. Pure. */
import type { Evaluation, EvaluationCase } from "../../api/types.gen";

export type Expect = NonNullable<EvaluationCase["expect"]>[number];
/** `text` is what the type asks for: a text, a pattern, a schema, the name of a tool or a criterion. */
export interface ExpectDraft { type: Expect["type"]; text: string; arguments: string }
export interface CaseDraft { key: number; name: string; prompt: string; variables: string; expect: ExpectDraft[] }
export interface EvaluationDraft { name: string; description: string; tags: string; cases: CaseDraft[] }

export const TYPES: [Expect["type"], string, string][] = [
  ["contains", "contains", "Text in the answer"], ["matches", "matches", "Regular expression found in the answer"], ["schema", "is JSON of a schema", "JSON Schema of the answer"],
  ["toolCalled", "calls a tool", "Name of the tool"], ["judged", "is judged", "What the judging model is asked about"],
];
export const MOST_CASES = 100;
export const MOST_EXPECT = 20;

let keys = 0;
export const newExpect = (): ExpectDraft => ({ type: "contains", text: "", arguments: "" });
export const newCase = (number: number): CaseDraft => ({ key: ++keys, name: "case " + number, prompt: "", variables: "", expect: [newExpect()] });

/** An expectation, as one reads it. */
export function inWords(expect: Expect): string {
  switch (expect.type) {
    case "contains": return `contains "${expect.text}"`;
    case "matches": return `matches /${expect.pattern}/`;
    case "schema": return "is JSON that fits a schema";
    case "toolCalled": return `calls ${expect.tool}${expect.arguments ? " with " + JSON.stringify(expect.arguments) : ""}`;
    default: return "is judged: " + expect.criterion;
  }
}

function expectFrom(draft: ExpectDraft, place: string): Expect {
  const text = draft.text.trim();
  if (!text) throw new Error(`${place}: an expectation is empty`);
  switch (draft.type) {
    case "contains": return { type: "contains", text: draft.text };
    case "matches": return { type: "matches", pattern: draft.text };
    case "schema": return { type: "schema", schema: objectFrom(draft.text, `${place}: the schema`) };
    case "toolCalled": return { type: "toolCalled", tool: text, ...(draft.arguments.trim() && { arguments: objectFrom(draft.arguments, `${place}: the arguments`, "are") }) };
    default: return { type: "judged", criterion: text };
  }
}

function objectFrom(text: string, what: string, verb = "is"): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} ${verb} no JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} ${verb} no JSON object`);
  return value as Record<string, unknown>;
}

function variablesFrom(text: string, place: string): Record<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.trim());
  if (lines.length === 0) return undefined;
  return Object.fromEntries(lines.map((line) => {
    const equals = line.indexOf("=");
    if (equals <= 0) throw new Error(`${place}: a variable is written as name=value`);
    return [line.slice(0, equals).trim(), line.slice(equals + 1)];
  }));
}

/** From what somebody wrote to what the API takes. Throws with the case that is wrong. */
export function evaluationFrom(draft: EvaluationDraft): Record<string, unknown> {
  return {
    name: draft.name.trim(), ...(draft.description.trim() && { description: draft.description.trim() }), tags: draft.tags.split(/[\s,]+/).filter(Boolean),
    cases: draft.cases.map((one) => {
      const variables = variablesFrom(one.variables, one.name);
      return { name: one.name.trim(), prompt: one.prompt, ...(variables && { variables }), expect: one.expect.map((expect) => expectFrom(expect, one.name)) };
    }),
  };
}

const textOf = (expect: Expect): string => expect.text ?? expect.pattern ?? expect.tool ?? expect.criterion ?? (expect.schema ? JSON.stringify(expect.schema, null, 2) : "");

export function draftOf(evaluation: Evaluation): EvaluationDraft {
  return {
    name: evaluation.name ?? "", description: evaluation.description ?? "", tags: (evaluation.tags ?? []).join(" "),
    cases: (evaluation.cases ?? []).map((one) => ({
      key: ++keys, name: one.name, prompt: one.prompt, variables: Object.entries(one.variables ?? {}).map(([name, value]) => `${name}=${value}`).join("\n"),
      expect: (one.expect ?? []).map((expect) => ({ type: expect.type, text: textOf(expect), arguments: expect.arguments ? JSON.stringify(expect.arguments) : "" })),
    })),
  };
}

/** A candidate as somebody chose it. */
export interface CandidateDraft { agentId: string; version: string; model: string }

/** What the API takes of one or two candidates; the second may have no agent. */
export function candidatesFrom(drafts: CandidateDraft[]): Record<string, unknown>[] {
  return drafts.filter((one) => one.agentId).map((one) => ({ agentId: one.agentId, ...(one.version && { instructionVersion: Number(one.version) }), ...(one.model && { model: one.model }) }));
}

/** Why two candidates say nothing beside each other; null: they differ. */
export function alike([first, second]: CandidateDraft[]): string | null {
  return second?.agentId && first.agentId === second.agentId && first.version === second.version && first.model === second.model ? "Both candidates are the same: choose another version, model or agent" : null;
}
