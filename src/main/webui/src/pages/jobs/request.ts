/** From what somebody writes in the form of a job to what the API takes, and back. Pure. */
import type { NewJob } from "../../api/types.gen";
import { variables } from "../deployments/request";

export interface Draft { name: string; image: string; command: string; env: string; cpu: string; memory: string; gpus: string; priority: string; maxRetries: string; count: string; timeout: string }
export const EMPTY: Draft = { name: "", image: "", command: "", env: "", cpu: "", memory: "", gpus: "", priority: "normal", maxRetries: "0", count: "", timeout: "" };

/** What was asked for and has no field in the form: it goes along. */
export type Rest = Record<string, unknown>;

const CLASSES: Record<number, string> = { 25: "low", 50: "normal", 75: "high", 100: "critical" };
export const PRIORITIES = Object.values(CLASSES);

/** As a class where it has one: 75 → "high". */
export const priorityWord = (priority: unknown): string => (priority === undefined ? "normal" : CLASSES[priority as number] ?? String(priority));

const MASK = "***";
const MINUTE_MS = 60_000;

const number = (text: string, what: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`${what}: "${text}" is not a number`);
  return value;
};

/** One text for a shell, or words as a JSON array. */
function command(text: string): string | string[] {
  if (!text.trim().startsWith("[")) return text;
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    return text;
  }
  return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : text;
}

function needsOf(draft: Draft, rest: Rest): Record<string, unknown> {
  const needs: Record<string, unknown> = { ...(rest.requirements as Record<string, unknown> | undefined) };
  if (draft.cpu.trim()) needs.cpu = number(draft.cpu, "Cores");
  if (draft.memory.trim()) needs.memoryBytes = draft.memory.trim();
  if (draft.gpus.trim() && draft.gpus.trim() !== "0") needs.gpus = { count: number(draft.gpus, "GPUs") };
  return needs;
}

/** What the form says, as the API takes it. */
export function requestOf(draft: Draft, rest: Rest = {}): NewJob {
  const request: Record<string, unknown> = { ...rest };
  const needs = needsOf(draft, rest);
  delete request.requirements;
  if (draft.name.trim()) request.name = draft.name.trim();
  if (draft.image.trim()) request.image = draft.image.trim();
  if (draft.command.trim()) request.command = command(draft.command);
  if (draft.env.trim()) request.env = variables(draft.env);
  if (Object.keys(needs).length > 0) request.requirements = needs;
  if (draft.priority !== "normal") request.priority = /^\d+$/.test(draft.priority) ? Number(draft.priority) : draft.priority;
  if (number(draft.maxRetries || "0", "Retries") > 0) request.maxRetries = number(draft.maxRetries, "Retries");
  if (draft.count.trim()) request.count = number(draft.count, "Tasks");
  if (draft.timeout.trim()) request.timeoutMs = Math.round(number(draft.timeout, "Minutes") * MINUTE_MS);
  return request as NewJob;
}

function sizeText(size: unknown): string {
  if (typeof size !== "number") return size === undefined ? "" : String(size);
  for (const [unit, bytes] of [["GiB", 2 ** 30], ["MiB", 2 ** 20]] as const) if (size > 0 && size % bytes === 0) return size / bytes + unit;
  return String(size);
}

/** The GPUs where the form can say them; null: it cannot. */
function gpuText(gpus: unknown): string | null {
  if (gpus === undefined) return "";
  if (typeof gpus === "number") return String(gpus);
  const { count = 1, ...more } = gpus as { count?: number };
  return Object.keys(more).length === 0 ? String(count) : null;
}

/** A request as the form shows it. */
export function draftOf(request: Record<string, unknown>): { draft: Draft; rest: Rest } {
  const { name, image, command: program, env, requirements, cpu, memoryBytes, gpus, priority, maxRetries, count, timeoutMs, ...rest } = request;
  const needs = { ...(requirements as Record<string, unknown> | undefined), ...(cpu !== undefined && { cpu }), ...(memoryBytes !== undefined && { memoryBytes }), ...(gpus !== undefined && { gpus }) } as Record<string, unknown>;
  const shown = gpuText(needs.gpus);
  const lines = Object.entries((env ?? {}) as Record<string, string>);
  const long = lines.some(([, value]) => /\n|^\s|\s$/.test(value));
  const draft: Draft = {
    name: String(name ?? ""), image: String(image ?? ""), command: Array.isArray(program) ? JSON.stringify(program) : String(program ?? ""),
    env: long ? "" : lines.map((pair) => pair.join("=")).join("\n"), cpu: needs.cpu === undefined ? "" : String(needs.cpu), memory: sizeText(needs.memoryBytes), gpus: shown ?? "",
    priority: priorityWord(priority), maxRetries: String(maxRetries ?? 0), count: count === undefined ? "" : String(count),
    timeout: timeoutMs === undefined ? "" : String(Number(timeoutMs) / MINUTE_MS),
  };
  delete needs.cpu;
  delete needs.memoryBytes;
  if (shown !== null) delete needs.gpus;
  return { draft, rest: { ...rest, ...(long && { env }), ...(Object.keys(needs).length > 0 && { requirements: needs }) } };
}

const KEPT = ["name", "image", "command", "entrypoint", "env", "secretEnv", "workDir", "network", "user", "readOnlyRoot", "pidsLimit", "pullPolicy", "registryAuth", "requirements", "priority", "preemptible", "timeoutMs", "maxRetries",
  "onNodeLost", "outputs", "logLimitBytes", "graceMs", "resumeFrom", "shmBytes", "ulimits", "init", "tmpfs", "ipc", "stopSignal", "groups"];

/** What would have to be sent to have a job once more, and in words what cannot be read back. */
export function requestFrom(job: Record<string, unknown>): { request: Record<string, unknown>; lost: string[] } {
  const request: Record<string, unknown> = Object.fromEntries(KEPT.filter((key) => job[key] !== undefined).map((key) => [key, job[key]]));
  const { tasks: _, ...array } = (job.array ?? {}) as Record<string, unknown>;
  const lost: string[] = [];
  const hidden = Object.entries((job.env ?? {}) as Record<string, string>).filter(([, value]) => value === MASK).map(([name]) => name);
  if (hidden.length > 0) lost.push(`The values of ${hidden.join(", ")} are secret and were not copied: write them again.`);
  const { password, ...auth } = (job.registryAuth ?? {}) as Record<string, unknown>;
  if (password !== undefined) {
    request.registryAuth = auth;
    lost.push("The password of the registry was not copied: add it to registryAuth in the JSON.");
  }
  if (job.inputs) lost.push("Its inputs were not copied: an upload belongs to one job.");
  return { request: { ...request, ...array }, lost };
}
