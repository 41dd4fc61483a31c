/** Every status has a colour, a glyph and a word: never colour alone. */
import type { Node } from "../api/types.gen";

export type Tone = "run" | "ok" | "warn" | "fail" | "idle" | "off";
export type Glyph = "ok" | "run" | "move" | "fail" | "warn" | "idle" | "drain" | "off" | "sleep" | "info";
export interface Look {
  tone: Tone;
  glyph: Glyph;
  word: string;
}

const look = (tone: Tone, glyph: Glyph, word: string): Look => ({ tone, glyph, word });

const LOOKS: Record<string, Look> = {
  // nodes
  IDLE: look("ok", "ok", "Ready"), BUSY: look("run", "run", "Busy"), UNHEALTHY: look("warn", "warn", "Unhealthy"),
  OFFLINE: look("off", "off", "Offline"), CORDONED: look("idle", "idle", "Cordoned"), HELD: look("warn", "warn", "Held"),
  DRAINING: look("warn", "drain", "Draining"), DRAINED: look("idle", "idle", "Drained"), GPU_ERROR: look("fail", "fail", "GPU error"),
  EXPECTED: look("idle", "idle", "Expected"),
  // deployments
  PENDING: look("idle", "idle", "Waiting"), DEPLOYING: look("run", "move", "Deploying"), RUNNING: look("run", "run", "Running"),
  DEGRADED: look("warn", "warn", "Degraded"), STOPPING: look("run", "move", "Stopping"), STOPPED: look("off", "off", "Stopped"),
  RESTARTING: look("run", "move", "Restarting"), UPDATING: look("run", "move", "Updating"), MOVING: look("run", "move", "Moving"),
  DELETING: look("run", "move", "Deleting"), READY: look("ok", "ok", "Ready"), NOT_READY: look("warn", "warn", "Not ready"),
  SLEEPING: look("run", "move", "Falling asleep"), ASLEEP: look("idle", "sleep", "Asleep"), WAKING: look("run", "move", "Waking"),
  // executions, steps, jobs
  QUEUED: look("idle", "idle", "Queued"), ASSIGNED: look("run", "move", "Assigned"), COMPLETED: look("ok", "ok", "Done"),
  FAILED: look("fail", "fail", "Failed"), TIMEOUT: look("fail", "fail", "Timed out"), CANCELLED: look("off", "off", "Cancelled"),
  SKIPPED: look("idle", "idle", "Skipped"), RETRYING: look("warn", "warn", "Retrying"),
  // models
  UPLOADING: look("run", "move", "Uploading"), DOWNLOADING: look("run", "move", "Downloading"), VERIFYING: look("run", "move", "Verifying"),
  // drains
  MIGRATING: look("run", "move", "Moving"), BLOCKED: look("warn", "warn", "Blocked"), COMPLETE: look("ok", "ok", "Complete"),
  // rollouts
  PAUSED: look("warn", "warn", "Paused"), DONE: look("ok", "ok", "Done"), UNDOING: look("warn", "move", "Going back"),
  // schedules
  ACTIVE: look("ok", "ok", "Active"), ENDED: look("off", "off", "Over"),
  // events
  info: look("idle", "info", "Info"), warning: look("warn", "warn", "Warning"), error: look("fail", "fail", "Error"),
  // containers of an engine
  created: look("idle", "idle", "Created"), running: look("run", "run", "Running"), exited: look("off", "off", "Exited"), dead: look("fail", "fail", "Dead"), paused: look("warn", "warn", "Paused"), restarting: look("run", "move", "Restarting"),
};

/** An execution that has begun and whose steps all wait is not said to run. */
export const runStatus = (one: { status?: string; waiting?: object }): string | undefined => (one.waiting && one.status === "RUNNING" ? "QUEUED" : one.status);

export function lookOf(status: string | undefined): Look {
  return LOOKS[status ?? ""] ?? look("off", "off", status ? status[0] + status.slice(1).toLowerCase().replaceAll("_", " ") : "Unknown");
}

/** A node that is closed says so, whatever else it is: it gets no new work. */
export function nodeStatus(node: Node): string {
  const up = node.status === "IDLE" || node.status === "BUSY";
  if (node.status === "PENDING") return "EXPECTED";
  if (node.heldSince) return "HELD";
  if (node.status === "OFFLINE") return "OFFLINE";
  if (node.drain && !node.drain.outcome) return "DRAINING";
  if (Object.keys(node.gpuFaults ?? {}).length > 0) return "GPU_ERROR";
  if (node.drain?.outcome === "COMPLETE" && up) return "DRAINED";
  return node.schedulable === false && up ? "CORDONED" : node.status;
}

export interface Gpu {
  index: number;
  model?: string;
  memoryTotalBytes?: number;
  memoryUsedBytes?: number;
  utilization?: number;
  temperature?: number;
  powerWatts?: number;
  powerLimitWatts?: number;
  health?: string;
  driverVersion?: string;
}

export const gpusOf = (node: Node): Gpu[] => (node.system?.gpus as Gpu[] | undefined) ?? [];

/** Why a GPU gets no work: what an operator said, or what is wrong with it. */
export function gpuOut(node: Node, index: number): string | undefined {
  const care = node.gpuMaintenance?.[String(index)];
  if (care) return ["maintenance", care.reason].filter(Boolean).join(": ");
  return node.gpuFaults?.[String(index)]?.reason;
}

/** Why a node is as it is: silence, what an operator said when draining it, GPUs that are out. */
export function nodeReason(node: Node): string {
  const out = [...new Set([...Object.keys(node.gpuMaintenance ?? {}), ...Object.keys(node.gpuFaults ?? {})])].map(Number).sort((a, b) => a - b);
  const first = out.length === 1 ? gpuOut(node, out[0]) : undefined;
  return [
    node.statusReason,
    node.drain && node.drain.outcome !== "STOPPED" && node.drain.message,
    node.heldSince && "its work is held: too many vanished with it",
    out.length > 0 && `GPU ${out.join(", ")} out of service${first ? ": " + first : ""}`,
    ...(node.warnings ?? []),
  ].filter(Boolean).join("; ");
}
