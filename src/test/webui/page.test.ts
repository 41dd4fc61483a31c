import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment, Job, Node, NodeLoad } from "../src/api/types.gen";
import { aiwm, curl, quoted } from "../src/lib/command";
import { href, onward, parse } from "../src/lib/route";
import { lookOf, nodeReason, nodeStatus } from "../src/lib/status";
import { ports, requestFrom, requestOf, variables, words } from "../src/pages/deployments/request";
import { problemsOf } from "../src/pages/overview/problems";
import { longestOf, reasonsOf, waitsOf } from "../src/pages/overview/queue";
import { capacityOf, columnAt, gridOf, leftOf, machineOf, type WallCell, wallOf } from "../src/pages/overview/wall";

const GIB = 2 ** 30;
const gpu = (index: number, usedGib: number) => ({ index, model: "H200", memoryTotalBytes: 141 * GIB, memoryUsedBytes: usedGib * GIB, utilization: usedGib ? 0.5 : 0 });
const node = (id: string, more: Partial<Node> = {}): Node => ({ id, name: id, status: "IDLE", schedulable: true, zone: "eu-1", system: { gpus: [gpu(0, 0), gpu(1, 100)] }, ...more });
const load = (id: string, ...claimed: number[]): [string, NodeLoad] => [id, { id, gpus: claimed.map((gib, index) => ({ index, claimedBytes: gib * GIB })) }];

test("an address says the whole view, and comes back as it was", () => {
  const to = href("nodes", ["a/b ü"], { status: "DRAINING", q: "" });
  assert.equal(to, "#/nodes/a%2Fb%20%C3%BC?status=DRAINING");
  assert.deepEqual(parse(to), { page: "nodes", rest: ["a/b ü"], query: { status: "DRAINING" } });
  assert.deepEqual(parse(""), { page: "overview", rest: [], query: {} });
  assert.deepEqual(parse("#/nodes/%E0%A4%A").rest, ["%E0%A4%A"]);
});

test("what ends after the reader has gone elsewhere leads nowhere", () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, "location");
  const address = { hash: "#/deployments/dep_1/change" };
  Object.defineProperty(globalThis, "location", { value: address, configurable: true });
  try {
    const stayed = onward();
    stayed("#/deployments/dep_1");
    assert.equal(address.hash, "/deployments/dep_1");
    address.hash = "#/deployments/dep_1?q=a";
    const filtered = onward();
    address.hash = "#/deployments/dep_1?q=ab";
    const gone = onward();
    filtered("#/deployments");
    assert.equal(address.hash, "/deployments");
    address.hash = "#/jobs?status=RUNNING";
    gone("#/deployments");
    assert.equal(address.hash, "#/jobs?status=RUNNING");
  } finally {
    if (before) Object.defineProperty(globalThis, "location", before);
    else delete (globalThis as { location?: unknown }).location;
  }
});

test("a node that is closed says so, whatever else it is", () => {
  assert.equal(nodeStatus(node("a")), "IDLE");
  assert.equal(nodeStatus(node("a", { schedulable: false })), "CORDONED");
  assert.equal(nodeStatus(node("a", { schedulable: false, drain: { startedAt: "x" } })), "DRAINING");
  assert.equal(nodeStatus(node("a", { schedulable: false, drain: { outcome: "COMPLETE" } })), "DRAINED");
  assert.equal(nodeStatus(node("a", { gpuFaults: { "1": { reason: "Xid 79" } } })), "GPU_ERROR");
  assert.equal(nodeStatus(node("a", { status: "OFFLINE", heldSince: "x" })), "HELD");
  assert.equal(nodeReason(node("a", { gpuFaults: { "1": { reason: "Xid 79" } } })), "GPU 1 out of service: Xid 79");
});

test("every status of the API has a glyph and a word", () => {
  for (const status of ["PENDING", "IDLE", "BUSY", "UNHEALTHY", "OFFLINE", "DEPLOYING", "RUNNING", "DEGRADED", "STOPPING", "STOPPED", "RESTARTING", "UPDATING", "MOVING", "DELETING", "FAILED",
    "QUEUED", "ASSIGNED", "COMPLETED", "TIMEOUT", "CANCELLED", "UPLOADING", "DOWNLOADING", "VERIFYING", "READY"]) {
    const look = lookOf(status);
    assert.ok(look.word !== "Unknown" && look.glyph, status);
  }
  assert.equal(lookOf("SOMETHING_NEW").word, "Something new");
});

test("free is what nobody has, on machines that take work", () => {
  const nodes = [node("a"), node("b", { schedulable: false }), node("c", { status: "OFFLINE" }), node("d", { gpuMaintenance: { "0": {} } })];
  const capacity = capacityOf(nodes, new Map([load("a", 0, 100), load("b", 0, 0), load("c", 0, 0), load("d", 0, 0)]));
  assert.deepEqual({ ...capacity, models: capacity.models.length }, { gpus: 6, free: 2, busy: 3, out: 1, models: 1 });
  assert.deepEqual(capacity.models[0], { model: "H200", total: 6, free: 2, largest: 1 });
});

test("the wall has one cell for each GPU, and for each machine where there is none", () => {
  const loads = new Map([load("a", 0, 120)]);
  const [group] = wallOf([node("a"), node("b", { status: "OFFLINE" })], loads, "zone");
  assert.deepEqual(group.cells.map((cell) => cell.state), ["", "", "offline", "offline"]);
  assert.ok(Math.abs(group.cells[1].reserved - 120 / 141) < 1e-9);
  assert.equal(wallOf([node("c", { system: {} })], loads, "none")[0].cells.length, 1);
  for (const cells of [1, 64, 400, 8_000]) {
    const grid = gridOf(cells, cells, 900);
    assert.ok(grid.columns * grid.rows >= cells && grid.columns * (grid.size + grid.gap) - grid.gap <= 900.001, String(cells));
  }
});

test("the cells of a machine stand together in one row, and each is found again where it is", () => {
  for (const [cells, width, machine] of [[192, 688, 8], [192, 376, 8], [8_000, 1_200, 8], [16, 2_000, 4], [64, 300, 16]]) {
    const grid = gridOf(cells, cells, width, machine);
    const what = `${cells} in ${width}`;
    assert.equal(grid.columns % machine, 0, what);
    assert.ok(grid.columns * grid.rows >= cells, what);
    assert.ok(leftOf(grid, grid.columns - 1) + grid.size <= width + 0.001, what);
    for (let column = 0; column < grid.columns; column++) assert.equal(columnAt(grid, leftOf(grid, column) + 0.5), column, what);
    assert.equal(columnAt(grid, leftOf(grid, machine) - 1), grid.columns > machine ? undefined : columnAt(grid, leftOf(grid, machine) - 1), what);
  }
  const cell = (nodeId: string) => ({ nodeId }) as WallCell;
  assert.equal(machineOf([cell("a"), cell("a"), cell("b"), cell("b")]), 2);
  assert.equal(machineOf([cell("a"), cell("a"), cell("b")]), 1);
});

test("what is wrong is said once, with the way to it", () => {
  const failed = { id: "dep_1", name: "llama", status: "FAILED", statusReason: "no image" } as Deployment;
  const problems = problemsOf([node("a", { status: "OFFLINE" }), node("b", { status: "OFFLINE" })], [failed], null);
  assert.deepEqual(problems.map((one) => [one.text, one.to]), [["llama: has failed", "#/deployments/dep_1"], ["2 nodes are offline", "#/nodes?status=OFFLINE"]]);
  const never = { id: "dep_2", name: "huge", status: "DEPLOYING", statusReason: "no node can ever fit: too few GPUs" } as Deployment;
  const waits = { id: "dep_3", name: "patient", status: "DEPLOYING", statusReason: "waits for a node: too few GPUs" } as Deployment;
  assert.deepEqual(problemsOf([], [never, waits], null).map((one) => [one.text, one.to]), [["huge fits nowhere", "#/deployments/dep_2"]]);
  assert.deepEqual(problemsOf([], [never, { ...never, id: "dep_4" }], null).map((one) => one.text), ["2 deployments fit nowhere"]);
});

test("ports, words and variables are read as people write them", () => {
  assert.deepEqual(ports("8080, 80:8081"), [{ containerPort: 8080 }, { containerPort: 8081, hostPort: 80 }]);
  assert.throws(() => ports("eighty"), /"eighty" is not a port/);
  assert.deepEqual(words(`sh -c "echo \\"hi\\" 'you'" 'a b'`), ["sh", "-c", `echo "hi" 'you'`, "a b"]);
  assert.deepEqual(variables("A=1\n\nB=x=y"), { A: "1", B: "x=y" });
});

test("a form becomes a request with what was said and nothing else", () => {
  const draft = { name: " web ", image: "nginx:1", model: "", engine: "", replicas: "1", ports: "80", command: "", env: "", gpus: "", cpu: "", memory: "", nodeId: "" };
  assert.deepEqual(requestOf(draft), { name: "web", spec: { image: "nginx:1", ports: [{ containerPort: 80 }] } });
  assert.deepEqual(requestOf({ ...draft, image: "", engine: "vllm", model: "qwen/q:stable", replicas: "3" }), { name: "web", spec: { ports: [{ containerPort: 80 }] }, model: { name: "qwen/q", version: "stable" }, engine: { type: "vllm" }, replicas: 3 });
  const one = { id: "d", name: "web", status: "RUNNING", model: { name: "q", version: "stable", number: 3 }, readyReplicas: 1, replicas: 2 } as Deployment;
  assert.deepEqual(requestFrom(one), { name: "web", replicas: 2, model: { name: "q", version: "stable" } });
});

test("a command for a terminal is quoted so that it can be pasted", () => {
  assert.equal(aiwm(["executions", "list"], { status: "FAILED", name: "it's $1", node: undefined }), `aiwm executions list --status FAILED --name 'it'\\''s $1'`);
  assert.equal(aiwm(["executions", "logs", "ex_1", "--follow"]), "aiwm executions logs ex_1 --follow");
  assert.equal(quoted("it's"), `'it'\\''s'`);
  assert.equal(curl("http://c:3003", "PUT", "/api/nodes/a/drain", { message: "it's" }), `curl -H "Authorization: Bearer $AIWM_TOKEN" -X PUT --json '{"message":"it'\\''s"}' http://c:3003/api/nodes/a/drain`);
});

test("what waits in the queue is told by its longest wait, its reasons, and how long others waited", () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const started = [1, 2, 3, 4, 100].map((wait) => ({ createdAt: at(0), startedAt: at(wait) }));
  assert.deepEqual(waitsOf(started as Job[]), { p50: 3_000, p95: 100_000, counted: 5 });
  assert.deepEqual(waitsOf([{ createdAt: at(0) }] as Job[]), { p50: null, p95: null, counted: 0 });
  const waiting = [{ createdAt: at(10), waitingReason: "full" }, { createdAt: at(4), waitingReason: "full" }, { createdAt: at(12) }] as Job[];
  assert.equal(longestOf(waiting, 14_000), 10_000);
  assert.equal(longestOf([], 14_000), null);
  assert.deepEqual(reasonsOf(waiting), [["full", 2], ["has just come", 1]]);
});
