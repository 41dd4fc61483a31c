/** An instruction as somebody writes it. Pure. */
import type { Instruction, InstructionVersion } from "../../api/types.gen";

export interface InstructionDraft { name: string; description: string; systemPrompt: string; guidelines: string; variables: string }

export const NO_INSTRUCTION: InstructionDraft = { name: "", description: "", systemPrompt: "", guidelines: "", variables: "" };

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** What the API takes. A variable without `=` has no default. @param before what it said: descriptions of variables stay */
export function instructionFrom(draft: InstructionDraft, before?: Instruction | InstructionVersion): Record<string, unknown> {
  const variables = lines(draft.variables).map((line) => {
    const equals = line.indexOf("=");
    const name = equals < 0 ? line : line.slice(0, equals).trim();
    const description = before?.variables?.find((one) => one.name === name)?.description;
    return { name, ...(equals >= 0 && { default: line.slice(equals + 1) }), ...(description && { description }) };
  });
  return { name: draft.name.trim(), ...(draft.description.trim() && { description: draft.description.trim() }), systemPrompt: draft.systemPrompt, guidelines: lines(draft.guidelines), variables };
}

export function draftOf(one: Instruction | InstructionVersion): InstructionDraft {
  return {
    name: "name" in one ? one.name ?? "" : "", description: one.description ?? "", systemPrompt: one.systemPrompt ?? "", guidelines: (one.guidelines ?? []).join("\n"),
    variables: (one.variables ?? []).map((variable) => variable.name + (variable.default === undefined ? "" : "=" + variable.default)).join("\n"),
  };
}
