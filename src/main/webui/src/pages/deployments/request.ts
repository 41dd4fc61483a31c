/** From what somebody writes to what the API takes, and back. Pure. */
import type { Deployment, DeploymentRequest } from "../../api/types.gen";

export interface Draft { name: string; image: string; model: string; engine: string; replicas: string; ports: string; command: string; env: string; gpus: string; cpu: string; memory: string; nodeId: string }

export const EMPTY: Draft = { name: "", image: "", model: "", engine: "", replicas: "1", ports: "", command: "", env: "", gpus: "", cpu: "", memory: "", nodeId: "" };

/** Of a model that is kept here: what is asked of it stands on the form, and no more than that has to be filled in. */
export const draftFor = (model: string, engine = "llamacpp"): Draft => ({ ...EMPTY, model, engine, name: (model.split("/").pop() ?? "").toLowerCase().replace(/[^a-z0-9-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63) });

/** "8080" lets the engine choose the host's port, "80:8080" names it. */
export function ports(text: string): { containerPort: number; hostPort?: number }[] {
  return text.split(/[\s,]+/).filter(Boolean).map((part) => {
    const match = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(part);
    if (!match) throw new Error(`"${part}" is not a port; write 8080 or 80:8080`);
    return { containerPort: Number(match[2]), ...(match[1] && { hostPort: Number(match[1]) }) };
  });
}

/** Words as a shell has them, with quotes around those that hold spaces. */
export function words(text: string): string[] {
  const found: string[] = [];
  const pattern = /"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+)/g;
  for (const match of text.matchAll(pattern)) found.push(match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3]);
  return found;
}

/** NAME=value, one a line. */
export function variables(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`"${line}" is not a variable; write NAME=value, one a line`);
    result[line.slice(0, at)] = line.slice(at + 1);
  }
  return result;
}

function number(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${what}: "${text}" is not a number`);
  return value;
}

export function requestOf(draft: Draft): DeploymentRequest {
  const spec: Record<string, unknown> = {};
  const given = Object.fromEntries(Object.entries(draft).map(([key, value]) => [key, value.trim()])) as unknown as Draft;
  if (given.image) spec.image = given.image;
  if (given.ports) spec.ports = ports(given.ports);
  if (given.command) spec.command = words(given.command);
  if (given.env) spec.env = variables(given.env);
  if (given.cpu) spec.cpu = number(given.cpu, "Cores");
  if (given.memory) spec.memoryBytes = given.memory;
  if (given.gpus) spec.gpus = number(given.gpus, "GPUs");
  const request: DeploymentRequest = { name: given.name };
  if (Object.keys(spec).length > 0) request.spec = spec;
  if (given.model) {
    const [name, version] = given.model.split(":", 2);
    request.model = { name, ...(version && { version }) };
  }
  if (given.engine) request.engine = { type: given.engine as "llamacpp" };
  if (given.replicas !== "" && given.replicas !== "1") request.replicas = number(given.replicas, "Replicas");
  if (given.nodeId) request.nodeId = given.nodeId;
  return request;
}

const SENT = ["name", "spec", "model", "engine", "replicas", "maxPerNode", "autoscale", "update", "requirements", "onNodeLost"] as const;

/** What would have to be sent to have it as it is: for a change, and for another one like it. */
export function requestFrom(one: Deployment): DeploymentRequest {
  const request: Record<string, unknown> = {};
  for (const field of SENT) if (one[field] !== undefined) request[field] = one[field];
  if (one.model) {
    const { number: _, ...model } = one.model;
    request.model = model;
  }
  return request as unknown as DeploymentRequest;
}
