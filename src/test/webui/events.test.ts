import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { ClusterEvent, Deployment } from "../src/api/types.gen";
import { Chain, type Link, textOf } from "../src/lib/chain";
import { grouped, linkOf, namesOf, repeats } from "../src/lib/events";
import { heatOf, servedBy } from "../src/lib/heat";
import { alone, axisOf, gaps, newestOf, spread } from "../src/lib/series";
import { lookOf } from "../src/lib/status";

const START = Date.parse("2026-11-27T10:00:00Z");
const event = (revision: number, type: string, secondsAgo: number, more: Partial<ClusterEvent> = {}): ClusterEvent =>
  ({ revision, id: "e" + revision, type, at: new Date(START - secondsAgo * 1000).toISOString(), severity: "info", ...more });

test("repeats within five minutes are one row, whose id stays when a newer one comes", () => {
  const old = [event(8, "worker.left", 10, { name: "n8" }), event(7, "worker.left", 70, { name: "n7" }), event(6, "node.updated", 80), event(5, "worker.left", 90)];
  const groups = grouped(old, true);
  assert.deepEqual(groups.map((group) => [group.id, group.count]), [["7", 2], ["6", 1], ["5", 1]]);
  assert.equal(grouped([event(9, "worker.left", 0), ...old], true)[0].id, "7");
  assert.equal(namesOf(groups[0]), "n8, n7");
  assert.equal(repeats(groups[0]), "×2 in 1 min");
  assert.equal(repeats(groups[1]), "");
  assert.equal(grouped(old, false).length, 4);
});

test("a later one, another severity and what was folded stay apart, or count for what they stand for", () => {
  assert.equal(grouped([event(2, "job.failed", 0), event(1, "job.failed", 301)], true).length, 2);
  assert.equal(grouped([event(2, "a", 0), event(1, "a", 1, { severity: "error" })], true).length, 2);
  assert.equal(grouped([event(2, "a", 0, { count: 40 }), event(1, "a", 1)], true)[0].count, 41);
});

test("routine events are one row also where they mix, warnings among them are not", () => {
  const mixed = [event(5, "step.started", 0), event(4, "step.completed", 1), event(3, "step.started", 2), event(2, "step.completed", 3), event(1, "step.failed", 4, { severity: "error" }), event(0, "step.started", 300)];
  assert.deepEqual(grouped(mixed, true).map((group) => [group.id, group.count]), [["0", 3], ["2", 2], ["1", 1]]);
  const failed = [event(3, "step.failed", 0, { severity: "error" }), event(2, "node.updated", 1), event(1, "step.failed", 2, { severity: "error" })];
  assert.equal(grouped(failed, true).length, 3);
});

test("many names are three and how many more", () => {
  const names = ["a", "b", "c", "d", "a", "e"].map((name, i) => event(9 - i, "worker.left", i, { name }));
  assert.equal(namesOf(grouped(names, true)[0]), "a, b, c and 2 more");
});

test("an event leads to the page of its record", () => {
  assert.equal(linkOf("node", "gpu 1"), "#/nodes/gpu%201");
  assert.equal(linkOf("job", "job_1"), "#/jobs/job_1");
  assert.equal(linkOf("approval", "x"), undefined);
  assert.equal(linkOf("node", undefined), undefined);
});

test("what sleeps has glyphs and words of its own", () => {
  assert.deepEqual(["SLEEPING", "ASLEEP", "WAKING", "info", "warning", "error"].map((status) => lookOf(status).word), ["Falling asleep", "Asleep", "Waking", "Info", "Warning", "Error"]);
  assert.equal(lookOf("ASLEEP").glyph, "sleep");
});

test("a gap is not bridged, and a point between two of them is seen", () => {
  assert.deepEqual(alone([1, null, 2, null, 3, 4]), [0, 2]);
  assert.deepEqual([newestOf([1, 0, null]), newestOf([null]), newestOf([])], [1, -1, -1]);
  assert.equal(gaps([null, 1, null, null, 2, 3, null, 4, null]), 2);
  assert.equal(gaps([null, null]), 0);
  assert.deepEqual(axisOf("2026-11-27T10:00:00Z", 10, 3), [START / 1000, START / 1000 + 10, START / 1000 + 20]);
  assert.deepEqual(spread([[1, null, null], [3, 4, null]]), { mean: [2, 4, null], highest: [3, 4, null], lowest: [1, 4, null] });
});

/** As the controller writes an entry. */
function link(seq: number, prev: string, more: object = {}): Link {
  const text = JSON.stringify({ seq, prev, ...more });
  return { ...JSON.parse(text), hash: createHash("sha256").update(text).digest("hex") };
}

async function faults(...links: Link[]): Promise<string[]> {
  const chain = new Chain();
  for (const one of links) await chain.take(one);
  return chain.faults;
}

test("the chain of the audit log shows what was changed, removed or reordered", async () => {
  const a = link(1, "0".repeat(64), { actor: "ann", path: "/api/ü" });
  const b = link(2, a.hash);
  const c = link(3, b.hash);
  assert.deepEqual(await faults(a, b, c), []);
  assert.match((await faults({ ...a, actor: "bob" }, b, c))[0], /Entry 1 was changed/);
  assert.match((await faults(a, c))[0], /After entry 1 comes 3/);
  assert.match((await faults(a, link(2, "f".repeat(64))))[0], /does not follow/);
  assert.match((await faults(b, c))[0], /no entry says/);
  assert.deepEqual(await faults(b, c, link(4, c.hash, { trimmedHash: a.hash })), []);
});

test("control characters are written as the controller writes them", () => {
  assert.equal(textOf({ seq: 1, prev: "", hash: "x", path: "\u001f\\u001f\n" }), '{"seq":1,"prev":"","path":"\\u001F\\\\u001f\\n"}');
});

test("the map of models and nodes counts replicas, and those that are ready", () => {
  const one = (name: string, more: object) => ({ id: name, name, status: "RUNNING", ...more }) as Deployment;
  const map = heatOf([
    one("a", { spec: { image: "reg.local:5000/llama:1" }, instances: [{ index: 0, nodeId: "n2", ready: true }, { index: 1, nodeId: "n2" }, { index: 2 }] }),
    one("b", { model: { name: "llama" }, instances: [{ index: 0, nodeId: "n1", ready: true }, { index: 1, nodeId: "n2", ready: true }] }),
  ]);
  assert.deepEqual([map.models, map.nodes, map.hottest], [["llama"], ["n1", "n2"], 3]);
  assert.deepEqual([map.at("llama", "n2"), map.at("llama", "n3")], [{ replicas: 3, ready: 2 }, undefined]);
  assert.equal(servedBy(one("c", {})), "c");
});
