/** A tool as somebody writes it. Pure. */
import type { Tool } from "../../api/types.gen";
import { seconds } from "../../lib/format";
import { words } from "../deployments/request";

export interface Draft { name: string; description: string; kind: string; approval: string; waits: string; unanswered: string; method: string; url: string; deployment: string; operations: string; image: string; command: string; secret: string; input: string }

export const EMPTY: Draft = { name: "", description: "", kind: "http", approval: "auto", waits: "60 min", unanswered: "deny", method: "GET", url: "", deployment: "", operations: "", image: "", command: "", secret: "", input: '{\n  "type": "object",\n  "properties": {}\n}' };

/** From what somebody wrote to what the API takes. */
export function toolFrom(draft: Draft): Record<string, unknown> {
  const tool: Record<string, unknown> = { name: draft.name.trim(), kind: draft.kind, approval: draft.approval };
  if (draft.description.trim()) tool.description = draft.description.trim();
  if (draft.approval === "ask") Object.assign(tool, { approvalTimeoutMs: waitOf(draft.waits), approvalDefault: draft.unanswered });
  if (draft.kind === "http") tool.http = { method: draft.method, url: draft.url.trim() };
  if (draft.kind === "mcp") tool.mcp = draft.deployment.trim() ? { deployment: draft.deployment.trim() } : { url: draft.url.trim() };
  if (draft.kind === "aiwm") tool.aiwm = { operations: draft.operations.split(/[\s,]+/).filter(Boolean) };
  if (draft.kind === "job") tool.job = { image: draft.image.trim(), ...(draft.command.trim() && { command: words(draft.command) }) };
  if (draft.secret.trim() && (draft.kind === "http" || draft.kind === "mcp")) tool.authorization = { secret: draft.secret.trim() };
  if (draft.kind === "http" || draft.kind === "job") {
    try {
      tool.input = JSON.parse(draft.input);
    } catch {
      throw new Error("What it takes is no JSON");
    }
  }
  return tool;
}

/** How long a call waits, in milliseconds. */
function waitOf(text: string): number {
  const found = seconds(text);
  if (!found || found > 86_400) throw new Error("How long it waits is a time up to 24 h, such as 15 min");
  return found * 1000;
}

/** As somebody would write it. */
const waitText = (ms: number) => (ms % 60_000 === 0 ? ms / 60_000 + " min" : Math.ceil(ms / 1000) + " s");

export function draftOf(tool: Tool): Draft {
  return { ...EMPTY, name: tool.name + "-2", description: tool.description ?? "", kind: tool.kind ?? "http", approval: tool.approval ?? "auto", waits: waitText(tool.approvalTimeoutMs ?? 3_600_000), unanswered: tool.approvalDefault ?? "deny", method: tool.http?.method ?? "GET", url: tool.http?.url ?? tool.mcp?.url ?? "", deployment: tool.mcp?.deployment ?? "",
    operations: tool.aiwm?.operations?.join(" ") ?? "", image: tool.job?.image ?? "", command: tool.job?.command?.map((word) => JSON.stringify(word)).join(" ") ?? "", secret: String((tool.authorization as { secret?: string } | undefined)?.secret ?? ""), input: tool.input ? JSON.stringify(tool.input, null, 2) : EMPTY.input };
}

interface Schema { type?: string | string[]; properties?: Record<string, Schema>; required?: string[]; default?: unknown; enum?: unknown[]; examples?: unknown[] }

/** Arguments to begin with, from their schema: what must be there, or else all that may be. */
export function argumentsOf(input: unknown): string {
  const schema = (input ?? {}) as Schema;
  const names = schema.required?.length ? schema.required : Object.keys(schema.properties ?? {});
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, valueOf(schema.properties?.[name] ?? {})])), null, 2);
}

function valueOf(schema: Schema): unknown {
  const known = schema.default ?? schema.examples?.[0] ?? schema.enum?.[0];
  if (known !== undefined) return known;
  switch ([schema.type].flat()[0]) {
    case "integer": case "number": return 0;
    case "boolean": return false;
    case "array": return [];
    case "object": return JSON.parse(argumentsOf(schema));
    default: return "";
  }
}

export function objectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = text.trim() ? JSON.parse(text) : {};
  } catch {
    throw new Error("The arguments are no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("The arguments are no JSON object");
  return value as Record<string, unknown>;
}
