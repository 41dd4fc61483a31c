// What can be done with a record: buttons in the inspector, and the form for a new deployment.
import { call } from "./api.js";
import { h } from "./dom.js";

const BUSY = ["PENDING", "DEPLOYING", "STOPPING", "RESTARTING", "UPDATING", "MOVING", "DELETING"];

/** Two steps in place: the button asks, a second press within five seconds does. */
function confirmed(label, question, act) {
  let armed = false;
  const button = h("button", {
    class: "btn danger", "data-focus": label, onclick: () => {
      if (armed) return act();
      armed = true;
      button.textContent = question;
      setTimeout(() => { armed = false; button.textContent = label; }, 5_000);
    },
  }, label);
  return button;
}

function button(label, why, act) {
  return h("button", { class: "btn", "data-focus": label, disabled: why !== null, title: why, onclick: act }, label);
}

export function actionsFor(kind, item, { run, showLogs }) {
  const at = `/api/${kind}/${encodeURIComponent(item.id)}`;
  if (kind === "deployments") {
    const busy = BUSY.includes(item.status) ? "An action is under way" : null;
    return [
      button("Start", busy ?? (item.status === "RUNNING" ? "It runs" : null), () => run(() => call("POST", at + "/start"))),
      button("Stop", item.status === "STOPPED" ? "It is stopped" : item.status === "STOPPING" ? busy : null, () => run(() => call("POST", at + "/stop"))),
      button("Restart", busy ?? (item.status === "STOPPED" ? "It is stopped" : null), () => run(() => call("POST", at + "/restart"))),
      button("Logs", item.containerId ? null : "There is no container", () => showLogs(item)),
      confirmed("Delete", `Delete ${item.name}? Yes`, () => run(() => call("DELETE", at))),
    ];
  }
  if (kind === "nodes") {
    const open = item.schedulable !== false;
    const draining = Boolean(item.drain && !item.drain.outcome);
    return [
      button(open || draining ? "Cordon" : "Open for work", draining && item.cordoned ? "It is cordoned" : null,
        () => run(() => call("PUT", at + "/schedulable", { schedulable: !(open || draining) }))),
      draining
        ? button("Stop draining", null, () => run(() => call("DELETE", at + "/drain")))
        : confirmed("Drain", `Drain ${item.name}? Yes`, () => run(() => call("PUT", at + "/drain", {}))),
    ];
  }
  const done = ["COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"].includes(item.status);
  return [
    button("Start", item.status === "PENDING" ? null : "It was started", () => run(() => call("POST", at + "/start"))),
    button("Cancel", done ? "It has ended" : null, () => run(() => call("POST", at + "/cancel"))),
    button("Retry", ["FAILED", "TIMEOUT", "CANCELLED"].includes(item.status) ? null : "Only what failed can be retried",
      () => run(() => call("POST", at + "/retry"))),
  ];
}

/** "8080" lets the engine choose the host's port, "80:8080" names it. */
export function ports(text) {
  return text.split(/[\s,]+/).filter(Boolean).map((part) => {
    const match = /^(?:(\d{1,5}):)?(\d{1,5})$/.exec(part);
    if (!match) throw new Error(`"${part}" is not a port; write 8080 or 80:8080`);
    const port = { containerPort: Number(match[2]) };
    if (match[1]) port.hostPort = Number(match[1]);
    return port;
  });
}

export function deploymentForm({ onDone, onClose }) {
  const problem = h("p", { class: "note", role: "alert", hidden: true });
  const field = (name, label, more) => h("label", {}, label, h("input", { name, autocomplete: "off", spellcheck: "false", ...more }));
  const form = h("form", {
    id: "deployment-form", onsubmit: async (event) => {
      event.preventDefault();
      problem.hidden = true;
      const said = Object.fromEntries(new FormData(form));
      try {
        const spec = { image: said.image.trim() };
        if (said.ports.trim()) spec.ports = ports(said.ports);
        if (said.command.trim()) spec.command = said.command.trim().split(/\s+/);
        const request = { name: said.name.trim(), spec };
        if (said.nodeId.trim()) request.nodeId = said.nodeId.trim();
        onDone(await call("POST", "/api/deployments", request));
      } catch (refusal) {
        problem.textContent = [refusal.message, ...(refusal.errors ?? []).slice(1).map((e) => `${e.pointer}: ${e.detail}`)].join("\n");
        problem.hidden = false;
      }
    },
  },
  field("name", "Name", { required: true, maxlength: 63, placeholder: " " }),
  field("image", "Image, with tag", { required: true, placeholder: " " }),
  field("ports", "Ports: 8080, or 80:8080 for a port of the host"),
  field("command", "Command, if not the image's own"),
  field("nodeId", "Node id, if it must run there"),
  problem,
  h("div", { class: "actions" }, h("button", { class: "btn primary", type: "submit" }, "Deploy"),
    h("button", { class: "btn", type: "button", onclick: onClose }, "Cancel")));
  return [h("div", { class: "top" }, h("h1", {}, "New deployment")), form];
}
