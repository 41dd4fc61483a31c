// Every status has a colour, a glyph and a word: never colour alone.
import { glyph, h } from "./dom.js";

const LOOK = {
  // nodes
  PENDING: ["idle", "idle", "Waiting"], IDLE: ["ok", "ok", "Ready"], BUSY: ["run", "run", "Busy"],
  UNHEALTHY: ["warn", "warn", "Unhealthy"], OFFLINE: ["off", "off", "Offline"], CORDONED: ["idle", "idle", "Cordoned"],
  DRAINING: ["run", "move", "Draining"], DRAINED: ["idle", "idle", "Drained"],
  // deployments
  DEPLOYING: ["run", "move", "Deploying"], RUNNING: ["run", "run", "Running"], DEGRADED: ["warn", "warn", "Degraded"],
  STOPPING: ["run", "move", "Stopping"], STOPPED: ["off", "off", "Stopped"], RESTARTING: ["run", "move", "Restarting"],
  UPDATING: ["run", "move", "Updating"], MOVING: ["run", "move", "Moving"], DELETING: ["run", "move", "Deleting"],
  // executions and steps
  QUEUED: ["idle", "idle", "Queued"], ASSIGNED: ["run", "move", "Assigned"], COMPLETED: ["ok", "ok", "Done"],
  FAILED: ["fail", "fail", "Failed"], TIMEOUT: ["fail", "fail", "Timed out"], CANCELLED: ["off", "off", "Cancelled"],
};

export function look(name) {
  return LOOK[name] ?? ["off", "off", name ?? "Unknown"];
}

export function status(name) {
  const [kind, picture, word] = look(name);
  return h("span", { class: "st " + kind }, glyph(picture), word);
}

/** A node that is closed says so, whatever else it is: it gets no new work. */
export function nodeStatus(node) {
  if (node.drain && !node.drain.outcome) return "DRAINING";
  if (node.drain?.outcome === "COMPLETE" && (node.status === "IDLE" || node.status === "BUSY")) return "DRAINED";
  return node.schedulable === false && (node.status === "IDLE" || node.status === "BUSY") ? "CORDONED" : node.status;
}
