// The three lists and the inspector. Each view is a table: columns say what a row shows.
import { h, keyed, progress, since } from "./dom.js";
import { look, nodeStatus, status } from "./status.js";

const text = (value) => value ?? "—";
const gigabytes = (bytes) => (bytes == null ? "—" : (bytes / 2 ** 30).toFixed(1));
const clock = (time) => (time ? new Date(time).toISOString().slice(11, 19) : "—");

function elapsed(item) {
  if (!item.startedAt) return "—";
  const end = item.finishedAt ? Date.parse(item.finishedAt) : Date.now();
  return ((end - Date.parse(item.startedAt)) / 1000).toFixed(1) + " s";
}

function outOfService(node, index) {
  const care = node.gpuMaintenance?.[index];
  return care ? ["maintenance", care.reason].filter(Boolean).join(": ") : node.gpuFaults?.[index]?.reason;
}

/** Why a node is as it is: silence, what an operator said when draining it, GPUs that are out. */
function why(node) {
  const out = new Set([...Object.keys(node.gpuMaintenance ?? {}), ...Object.keys(node.gpuFaults ?? {})]);
  return [
    node.statusReason,
    node.drain && node.drain.outcome !== "STOPPED" && node.drain.message,
    node.heldSince && "its work is held: too many vanished with it",
    out.size > 0 && `GPU ${[...out].sort((a, b) => a - b).join(", ")} out of service`,
  ].filter(Boolean).join("; ");
}

const LISTS = {
  nodes: {
    title: "Nodes",
    empty: "No nodes yet. Start a worker: java -jar aiwm.jar worker",
    columns: [
      ["Status", (node) => status(nodeStatus(node))],
      ["Name", null],
      ["Role", (node) => text(node.role), "wide"],
      ["Zone", (node) => text(node.zone), "wide"],
      ["Cores", (node) => text(node.system?.cpu?.cores), "num"],
      ["Memory, GiB", (node) => gigabytes(node.system?.memory?.totalBytes), "num"],
      ["GPUs", (node) => text(node.system?.gpus?.length), "num"],
      ["Why", (node) => why(node), "wide muted"],
    ],
  },
  deployments: {
    title: "Deployments",
    empty: "Nothing is deployed. New deployment runs an image on a node.",
    columns: [
      ["Status", (one) => status(one.status)],
      ["Name", null],
      ["Image", (one) => text(one.spec?.image ?? one.image), "mono"],
      ["Node", (one) => text(one.nodeId), "mono wide"],
      ["Ports", (one) => (one.ports ?? []).map((p) => `${p.hostPort ?? "?"}→${p.containerPort}`).join(" ") || "—", "mono"],
      ["Why", (one) => one.statusReason ?? "", "wide muted"],
    ],
  },
  executions: {
    title: "Executions",
    empty: "No executions. Every deployment action is one, and so is what you POST to /api/executions.",
    columns: [
      ["Status", (one) => status(one.status)],
      ["Name", null],
      ["Progress", (one) => progress(one.progress, look(one.status)[0])],
      ["Steps", (one) => one.steps ? `${one.steps.filter((s) => s.status === "COMPLETED").length} / ${one.steps.length}` : "—", "num"],
      ["Started", (one) => clock(one.startedAt), "num wide"],
      ["Took", elapsed, "num wide"],
    ],
  },
};

export const KINDS = Object.keys(LISTS);
export const title = (kind) => LISTS[kind].title;

export function listView(kind, { onNew }) {
  const { title: name, columns, empty } = LISTS[kind];
  const body = h("tbody");
  const problem = h("p", { class: "note", role: "alert", hidden: true });
  const nothing = h("p", { class: "empty" }, empty);
  const count = h("span", { class: "muted" });
  const table = h("table", {},
    h("thead", {}, h("tr", {}, columns.map(([head, , kinds]) => h("th", { class: kinds, scope: "col" }, head)))), body);
  const root = h("section", { "aria-label": name },
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, name), count,
      kind === "deployments" && h("button", { class: "btn primary", id: "new-deployment", onclick: onNew }, "New deployment")),
    problem, table, nothing);
  return {
    root,
    draw(store, selected, onSelect) {
      const items = [...store.kinds[kind].values()];
      keyed(body, items.map((item) => [item.id, { item, chosen: item.id === selected }]), ({ item, chosen }) =>
        h("tr", { "aria-selected": String(chosen) }, columns.map(([, cell, kinds]) =>
          h("td", { class: kinds }, cell ? cell(item) : h("button",
            { class: "name", "data-focus": item.id, onclick: () => onSelect(item.id) }, item.name || item.id)))));
      const total = store.totals[kind];
      count.textContent = total > items.length ? `the newest ${items.length} of ${total}` : items.length ? String(items.length) : "";
      table.hidden = items.length === 0;
      nothing.hidden = items.length > 0 || kind in store.problems;
      problem.hidden = !(kind in store.problems);
      problem.textContent = store.problems[kind] ?? "";
    },
  };
}

function facts(pairs) {
  return h("dl", {}, pairs.filter(([, value]) => value != null && value !== "")
    .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function step(one) {
  const [kind] = look(one.status);
  return h("li", {},
    h("div", { class: "row" }, h("span", {}, one.name || one.command), status(one.status)),
    h("div", { class: "row" }, progress(one.progress, kind), h("span", { class: "mono muted" }, text(one.nodeId))),
    one.attempt > 1 && h("small", {}, "try " + one.attempt),
    (one.error?.message || one.message) && h("small", { class: one.error ? "fail" : "" }, one.error?.message ?? one.message));
}

const DETAILS = {
  nodes: (node) => [
    status(nodeStatus(node)),
    facts([
      ["Id", node.id], ["Host", node.hostname], ["Why", why(node)], ["Transport", node.transport],
      ["Agent", node.agentVersion], ["Seen", node.lastSeenAt && since(node.lastSeenAt) + " ago"],
      ["System", [node.system?.os?.name, node.system?.os?.version].filter(Boolean).join(" ")],
      ["Processor", node.system?.cpu?.model],
      ["Engine", node.system?.containerEngine && [node.system.containerEngine.name, node.system.containerEngine.version].filter(Boolean).join(" ")],
      ["Labels", Object.entries(node.labels ?? {}).map(([k, v]) => `${k}=${v}`).join(" ")],
    ]),
    (node.system?.gpus ?? []).length > 0 && h("h2", {}, "GPUs"),
    (node.system?.gpus ?? []).map((gpu) => facts([
      ["GPU " + gpu.index, `${gpu.model} · ${gigabytes(gpu.memoryUsedBytes)} / ${gigabytes(gpu.memoryTotalBytes)} GiB`],
      ["Out of service", outOfService(node, gpu.index)],
    ])),
  ],
  deployments: (one) => [
    status(one.status),
    facts([
      ["Id", one.id], ["Why", one.statusReason], ["Image", one.spec?.image ?? one.image], ["Node", one.nodeId],
      ["Health", one.health], ["Restarts", one.restarts], ["Container", one.containerId?.slice(0, 12)],
      ["Last action", one.lastExecutionId],
    ]),
  ],
  executions: (one) => [
    status(one.status),
    one.error && h("p", { class: "note" }, one.error.message),
    facts([["Id", one.id], ["Category", one.category], ["For", one.resourceId], ["Started", clock(one.startedAt)], ["Took", elapsed(one)]]),
    h("h2", {}, "Steps"),
    h("ol", { class: "steps" }, (one.steps ?? []).map(step)),
  ],
};

/** @param actions list of [label, kind, callback or null with why, why] */
export function inspector(kind, item, actions, onClose) {
  return [
    h("div", { class: "top" }, h("h1", {}, item.name || item.id), h("button", { class: "btn", "data-focus": "close", onclick: onClose }, "Close")),
    actions.length > 0 && h("div", { class: "actions" }, actions),
    ...DETAILS[kind](item),
  ].flat(2).filter(Boolean);
}
