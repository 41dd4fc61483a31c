import assert from "node:assert/strict";
import { test } from "node:test";
import { addressFor, missed } from "../src/lib/bridge";

test("one address has all that is shown, and little else", () => {
  assert.equal(addressFor(new Set()), null);
  assert.equal(addressFor(new Set(["nodes"])), "aiwm.page.deployments");
  assert.equal(addressFor(new Set(["nodes", "executions"])), "aiwm.page.executions");
  assert.equal(addressFor(new Set(["jobs", "nodes", "deployments"])), "aiwm.page.jobs");
  assert.equal(addressFor(new Set(["jobs", "executions"])), "aiwm.page.overview");
});

test("a gap, another epoch and what is said to be missed are seen, the first message has none before it", () => {
  const first = { epoch: "a", revision: 7 };
  assert.equal(missed(null, first), false);
  assert.equal(missed(first, { epoch: "a", revision: 8 }), false);
  assert.equal(missed(first, { epoch: "a", revision: 9 }), true);
  assert.equal(missed(first, { epoch: "b", revision: 8 }), true);
  assert.equal(missed(first, { missed: true }), true);
  assert.equal(missed(first, { epoch: "a", from: 8, revision: 11 }), false);
  assert.equal(missed(first, { epoch: "a", from: 9, revision: 11 }), true);
});
