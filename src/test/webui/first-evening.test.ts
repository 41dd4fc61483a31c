/** What somebody meets who is new here. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { ClusterEvent, InferenceModel } from "../src/api/types.gen";
import { claimant } from "../src/lib/claims";
import { collectionOf } from "../src/lib/collection";
import { perRecord } from "../src/lib/events";
import { patchOf, written } from "../src/lib/labels";
import { ranged } from "../src/lib/select";
import { titleFrom, titleOf } from "../src/lib/title";
import { draftFor, requestOf } from "../src/pages/deployments/request";
import { choicesOf, firstOf } from "../src/pages/inference/choices";
import { priorityWord } from "../src/pages/jobs/request";
import { stem } from "../src/pages/models/stem";

test("every pattern of a field is one that browsers take: one that they do not is no rule at all", () => {
  const sources = new URL("../src/", import.meta.url);
  const found = (readdirSync(sources, { recursive: true }) as string[]).filter((file) => file.endsWith(".tsx"))
    .flatMap((file) => [...readFileSync(new URL(file, sources), "utf8").matchAll(/ pattern="([^"]+)"/g)].map((match) => match[1]));
  assert.ok(found.length >= 6);
  for (const pattern of found) assert.doesNotThrow(() => new RegExp(`^(?:${pattern})$`, "v"), pattern);
});

test("what was changed is read again by whoever shows the same collection", () => {
  assert.equal(collectionOf("/api/models/m%2F1/versions?pageSize=1"), "/api/models");
  assert.equal(collectionOf("/api/models?text=a/b"), "/api/models");
});

test("a model has a name by its file", () => {
  assert.equal(stem("Qwen2.5-0.5B_Q8_0.GGUF"), "qwen2.5-0.5b_q8_0");
  assert.equal(stem("llama-00001-of-00003.safetensors"), "llama");
  assert.equal(stem("mein Modell (neu).bin"), "mein-modell-neu");
});

test("what deploys a model asks for nothing that is known", () => {
  assert.deepEqual(requestOf(draftFor("acme/Tiny_2")), { name: "tiny-2", model: { name: "acme/Tiny_2" }, engine: { type: "llamacpp" } });
  assert.deepEqual(requestOf({ ...draftFor("a/b", "vllm"), image: "own:1" }).spec, { image: "own:1" });
});

test("of what can be called that is chosen which answers, and the others say why they do not", () => {
  const models: InferenceModel[] = [
    { name: "dead", kind: "deployment", state: "FAILED" }, { name: "lost", kind: "alias", state: "UNRESOLVED" },
    { name: "live", kind: "deployment", state: "UPDATING", ready: 1 }, { name: "far", kind: "endpoint", state: "" },
  ];
  assert.equal(firstOf(models), "live");
  assert.equal(firstOf(models.slice(0, 2)), "dead");
  assert.equal(firstOf([]), "");
  assert.equal(firstOf([models[0], { name: "nap", kind: "deployment", state: "ASLEEP", ready: 0 }]), "nap");
  assert.deepEqual(choicesOf(models, "own"), [["own", "own"], ["dead", "dead (deployment, failed)"], ["lost", "lost (alias, names nothing)"], ["live", "live (deployment)"], ["far", "far (endpoint)"]]);
  assert.deepEqual(choicesOf(models.slice(3), "far"), [["far", "far (endpoint)"]]);
});

test("a conversation is called by its first words, or by when it began", () => {
  assert.equal(titleFrom("  Is it\n warm?\u202e "), "Is it warm?");
  assert.equal(titleFrom(" \n\u200b"), undefined);
  assert.equal(titleFrom("one two three four five six seven eight nine ten eleven twelve thirteen"), "one two three four five six seven eight nine ten eleven…");
  assert.equal(titleFrom("x".repeat(59) + "😀y"), "x".repeat(59) + "…");
  assert.equal(titleOf({ title: "Weather" }, 0), "Weather");
  assert.match(titleOf({ createdAt: "2026-11-21T10:00:00Z" }, 0), /^Of 2026-11-2\d \d\d:\d\d:00$/);
});

test("a reservation says whose it is", () => {
  assert.deepEqual(claimant("dep_01kb/3"), { kind: "deployments", id: "dep_01kb", part: 3 });
  assert.deepEqual(claimant("job_01kb.0.2"), { kind: "executions", id: "job_01kb", part: 0, attempt: 2 });
  assert.equal(claimant("something else"), null);
});

test("of each record the newest event stands for those before it, and a warning for itself", () => {
  const event = (revision: number, type: string, resourceId: string, severity = "info"): ClusterEvent => ({ revision, type, kind: "model", resourceId, severity, at: "2026-11-21T10:00:00Z" } as unknown as ClusterEvent);
  const groups = perRecord([event(5, "model.ready", "a"), event(4, "model.verifying", "a"), event(3, "model.failed", "a", "warning"), event(2, "model.created", "b"), event(1, "model.created", "a")], 2);
  assert.deepEqual(groups.map((group) => [group.events[0].type, group.count]), [["model.ready", 3], ["model.failed", 1]]);
});

test("a priority is said as its class where it has one", () => {
  assert.deepEqual([75, 60, undefined].map(priorityWord), ["high", "60", "normal"]);
});

test("a range is marked from the last row that was marked, up or down", () => {
  const rows = ["a", "b", "c", "d"].map((id) => ({ id }));
  assert.deepEqual(ranged(rows, "b", "d"), ["b", "c", "d"]);
  assert.deepEqual(ranged(rows, "c", "a"), ["a", "b", "c"]);
  assert.deepEqual(ranged(rows, "gone", "c"), ["c"]);
  assert.deepEqual(ranged(rows, null, "c"), ["c"]);
});

test("of a machine only what was changed is sent, and what was emptied goes back to its worker", () => {
  const before = written({ name: "gpu-1", role: "gpu", zone: "eu", labels: { pool: "train", old: "x" } });
  assert.equal(patchOf(before, { ...before, name: " gpu-1 " }), null);
  assert.deepEqual(patchOf(before, { ...before, zone: "", labels: "pool = serve\nnew=1\n" }), { zone: null, labels: { pool: "serve", old: null, new: "1" } });
  assert.throws(() => patchOf(before, { ...before, labels: "pool" }), /"pool" is not a label/);
});
