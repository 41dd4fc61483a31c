import assert from "node:assert/strict";
import { test } from "node:test";
import { age, bytes, clock, duration, gib, plural, seconds, time, untilTime } from "../src/lib/format";

test("sizes have the unit that keeps them short", () => {
  assert.deepEqual([0, 1023, 1536, 151 * 2 ** 30, 3.5 * 2 ** 40].map(bytes), ["0 B", "1023 B", "1.5 KiB", "151 GiB", "3.5 TiB"]);
  assert.equal(bytes(undefined), "—");
  assert.equal(gib(141 * 2 ** 30), "141");
  assert.equal(gib(2 ** 29), "0.5");
});

test("an age grows with fewer digits", () => {
  assert.deepEqual([-5, 400, 9_960, 89_000, 300_000, 7_200_000, 200_000_000].map(age), ["0.0 s", "0.4 s", "10 s", "89 s", "5 min", "2 h", "2 d"]);
});

test("a duration is exact to the second", () => {
  assert.deepEqual([12, 1_500, 42_000, 724_000, 3_725_000, 90_000_000].map(duration), ["12 ms", "1.5 s", "42 s", "12 min 04 s", "1 h 02 min", "1 d 1 h"]);
});

test("a time of today has no date, another has", () => {
  const now = Date.UTC(2026, 10, 27, 20);
  assert.equal(clock(Date.UTC(2026, 10, 27, 5, 6, 7), "UTC", now), "05:06:07");
  assert.equal(clock(Date.UTC(2026, 10, 26, 5, 6, 7, 89), "UTC", now, true), "2026-11-26 05:06:07.089");
  assert.equal(time("2026-11-27T19:59:30Z", "relative", now), "30 s ago");
  assert.equal(time("2026-11-27T20:10:00Z", "relative", now), "in 10 min");
  assert.equal(time("nonsense", "relative", now), "—");
});

test("a length of time is read as people write it", () => {
  assert.deepEqual(["1h30m", "90", "15 min", "45s", "", "soon"].map(seconds), [5_400, 90, 900, 45, null, null]);
  assert.deepEqual([plural(1, "node"), plural(1_000, "node")], ["1 node", "1,000 nodes"]);
});

test("what is good until a time says so in one reading", () => {
  const now = Date.parse("2026-11-28T10:00:00Z");
  assert.equal(untilTime("2027-11-28T10:00:00Z", "relative", now), "for 365 d");
  assert.equal(untilTime("2026-11-28T09:57:00Z", "relative", now), "until 3 min ago");
  assert.equal(untilTime("2026-11-28T11:30:00Z", "UTC", now), "until 11:30:00");
});
