import assert from "node:assert/strict";
import { test } from "node:test";
import { taken } from "../src/lib/order";

interface One { id: string; createdAt?: string; version?: number; deleted?: boolean; status?: string }
const one = (id: string, createdAt: string, more: Partial<One> = {}): One => ({ id, createdAt, version: 1, ...more });
const any = () => true;
const ids = (list: readonly One[]) => list.map((item) => item.id).join();

test("news stands where the list has it: newest first, by time, then by id", () => {
  const list = [one("c", "2026-11-27T10:00:03Z"), one("a", "2026-11-27T10:00:01Z")];
  assert.equal(ids(taken(list, [one("b", "2026-11-27T10:00:02.500Z")], "newest", any, false)), "c,b,a");
  assert.equal(ids(taken(list, [one("d", "2026-11-27T10:00:03Z")], "newest", any, false)), "d,c,a");
  // the letter of the zone is no digit: 03.500 is later than 03
  assert.equal(ids(taken(list, [one("e", "2026-11-27T10:00:03.500Z")], "newest", any, false)), "e,c,a");
});

test("an older version changes nothing, a deleted one goes, one that does not belong any more goes", () => {
  const list = [one("a", "2026", { version: 5, status: "RUNNING" }), one("b", "2025")];
  assert.equal(taken(list, [one("a", "2026", { version: 4, status: "PENDING" })], "newest", any, false)[0].status, "RUNNING");
  assert.equal(ids(taken(list, [{ id: "a", deleted: true }], "newest", any, false)), "b");
  assert.equal(ids(taken(list, [one("a", "2026", { version: 6, status: "DONE" })], "newest", (item) => item.status !== "DONE", false)), "b");
});

test("what is taken away from a record is not kept from before", () => {
  const [now] = taken([{ ...one("a", "2026"), statusReason: "old" } as One], [one("a", "2026", { version: 2 })], "newest", any, false);
  assert.equal("statusReason" in now, false);
});

test("behind the last of a list that goes on, nothing is put: it comes with its page", () => {
  const list = [one("b", "2026-11-27T10:00:02Z")];
  assert.equal(ids(taken(list, [one("a", "2026-11-27T10:00:01Z")], "newest", any, true)), "b");
  assert.equal(ids(taken(list, [one("a", "2026-11-27T10:00:01Z")], "newest", any, false)), "b,a");
});

test("a thousand changes to ten thousand rows are taken in", () => {
  const list = Array.from({ length: 10_000 }, (_, i) => one("j" + String(9_999 - i).padStart(5, "0"), "2026"));
  const news = Array.from({ length: 1_000 }, (_, i) => one("j" + String(i * 7).padStart(5, "0"), "2026", { version: 2, status: "x" }));
  taken(list, news, "newest", any, false);
  const began = performance.now();
  const after = taken(list, news, "newest", any, false);
  const took = performance.now() - began;
  console.log(`1,000 changes to 10,000 rows: ${took.toFixed(1)} ms`);
  assert.equal(after.length, 10_000);
  assert.equal(after.filter((row) => row.version === 2).length, 1_000);
});
