import assert from "node:assert/strict";
import { test } from "node:test";
import { fields, LogLines, matcher, MOST_LINES, nextOf, placeOf, spans, windowOf } from "../src/lib/log";

test("pieces become lines wherever they were cut", () => {
  const log = new LogLines();
  for (const piece of ["on", "e\ntw", "o\r\nthr", "ee"]) log.add(piece);
  assert.deepEqual(log.lines.map((line) => line.text), ["one", "two"]);
  log.end();
  assert.equal(log.lines[2].text, "three");
});

test("of several writers, each line says whose it is", () => {
  const log = new LogLines();
  log.add("[2] GET / 200\n[x] no number\n");
  assert.deepEqual(log.lines.map((line) => [line.source, line.text]), [["2", "GET / 200"], ["", "[x] no number"]]);
});

test("a time before a line is no part of it, with or without whose it is", () => {
  const log = new LogLines();
  const time = "2026-11-28T09:53:53.123456789Z";
  log.add(`${time} GET / 200\n[1] ${time} ERROR no\n[1] none\n2026-11-28T09:53:53.123Z of the program\n${time} \n`);
  assert.deepEqual(log.lines.map((line) => [line.source, line.time, line.text]), [["", time, "GET / 200"], ["1", time, "ERROR no"], ["1", "", "none"],
    ["", "", "2026-11-28T09:53:53.123Z of the program"], ["", time, ""]]);
  assert.equal(log.lines[1].level, "fail");
});

test("levels are found in words, also behind colours", () => {
  const log = new LogLines();
  log.add("12:00 \u001b[31mERROR\u001b[0m it broke\nWARN low disk\nDEBUG x\nterrors are no errors\n");
  assert.deepEqual(log.lines.map((line) => line.level), ["fail", "warn", "muted", ""]);
});

test("a log without end stays within its bounds and says how much is gone", () => {
  const log = new LogLines();
  for (let i = 0; i < 60; i++) log.add(Array.from({ length: 1_000 }, (_, j) => `line ${i * 1_000 + j}\n`).join(""));
  assert.ok(log.lines.length <= MOST_LINES);
  assert.equal(log.lines.length + log.dropped, 60_000);
  assert.equal(log.lines.at(-1)!.text, "line 59999");
  assert.equal(log.lines.at(-1)!.number, 60_000);
});

test("a line is found again by its number, or the next one where it is gone", () => {
  const log = new LogLines();
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join("");
  log.add(numbers(1, 45_000));
  assert.equal(placeOf(log.lines, 30_001), 30_000);
  log.add(numbers(45_001, 55_000));
  assert.equal(log.lines[placeOf(log.lines, 30_001)].text, "line 30001");
  assert.equal(log.dropped, 15_000);
  assert.equal(placeOf(log.lines, 7), 0);
  assert.equal(placeOf(log.lines.filter((line) => line.number % 2 === 0), 30_001), 7_500);
});

test("wrapped lines that somebody reads stay, and what comes stands below them", () => {
  const log = new LogLines();
  const shown = (from: number | null) => { const some = windowOf(log.lines, from, 10); return [some[0].number, some.at(-1)!.number]; };
  for (let i = 1; i <= 100; i++) log.add(`line ${i}\n`);
  assert.deepEqual(shown(null), [91, 100]);
  log.add("line 101\nline 102\n");
  assert.deepEqual(shown(91), [91, 102]);
  for (let i = 103; i <= 200; i++) log.add(`line ${i}\n`);
  assert.deepEqual(shown(91), [91, 110]);
  assert.deepEqual(shown(null), [191, 200]);
});

test("of a hundred megabytes the newest lines are kept", () => {
  const log = new LogLines();
  const piece = Array.from({ length: 640 }, (_, i) => `12:00:00 INFO request ${i} ${"x".repeat(72)}\n`).join("");
  let longest = 0;
  const began = performance.now();
  for (let bytes = 0; bytes < 100_000_000; bytes += piece.length) {
    const from = performance.now();
    log.add(piece);
    longest = Math.max(longest, performance.now() - from);
  }
  console.log(`100 MB of log: ${Math.round(performance.now() - began)} ms, the longest piece of ${piece.length} bytes ${longest.toFixed(1)} ms`);
  assert.ok(log.lines.length <= 50_000, String(log.lines.length));
  assert.equal(log.lines.at(-1)?.text, piece.trimEnd().split("\n").at(-1));
});

test("colours of a terminal are classes, and nothing of it is markup", () => {
  assert.deepEqual(spans("a\u001b[1;32mb<b>\u001b[0mc\u001b[2K"), [{ text: "a", style: "" }, { text: "b<b>", style: "ok bold" }, { text: "c", style: "" }]);
});

test("a filter is text, a pattern, or what is not there", () => {
  const hits = (filter: string) => ["GET /a 200", "POST /b 500"].filter(matcher(filter)!).length;
  assert.deepEqual([hits("get"), hits("/ (200|500)$/"), hits("!get"), hits(""), matcher("/(/")], [1, 2, 1, 2, null]);
});

test("from what was found one goes to the next and to the one before, round the ends", () => {
  const log = new LogLines();
  log.add("a\nhit 1\nb\nhit 2\nhit 3\n");
  const found = log.lines.filter((line) => matcher("HIT")!(line.text));
  const next = (number: number, back = false) => nextOf(found, number, back)?.text;
  assert.deepEqual([next(0), next(2), next(3), next(5)], ["hit 1", "hit 2", "hit 2", "hit 1"]);
  assert.deepEqual([next(Infinity, true), next(5, true), next(4, true), next(2, true)], ["hit 3", "hit 2", "hit 1", "hit 3"]);
  assert.equal(nextOf([], 1, false), undefined);
});

test("a line of JSON is its message and the rest", () => {
  assert.deepEqual(fields('{"message":"up","port":80}'), { message: "up", rest: [["port", "80"]] });
  assert.equal(fields("{broken}"), undefined);
  assert.equal(fields('{"port":80}'), undefined);
});
