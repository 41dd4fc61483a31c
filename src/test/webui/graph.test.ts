import assert from "node:assert/strict";
import { test } from "node:test";
import { type GraphStep, layout, MOST_BOXES } from "../src/lib/layers";
import { timeline } from "../src/lib/timeline";

const step = (index: number, name: string, ...dependsOn: number[]): GraphStep => ({ index, name, status: "PENDING", dependsOn });

test("what waits stands to the right of what it waits for", () => {
  const plan = layout([step(0, "fetch"), step(1, "split", 0), step(2, "judge", 1), step(3, "report", 2, 0)]);
  assert.deepEqual(plan.boxes.map((box) => box.layer), [0, 1, 2, 3]);
  assert.equal(plan.edges.length, 4);
});

test("many that are alike are one box until it is opened", () => {
  const steps = [step(0, "split"), ...Array.from({ length: 64 }, (_, i) => step(i + 1, "eval-" + i, 0)), step(65, "merge", ...Array.from({ length: 64 }, (_, i) => i + 1))];
  const plan = layout(steps);
  assert.deepEqual(plan.boxes.map((box) => box.steps.length), [1, 64, 1]);
  const key = plan.boxes[1].key;
  assert.equal(layout(steps, new Set([key])).boxes.length, 66);
});

test("no two boxes stand in one place", () => {
  const steps = Array.from({ length: 60 }, (_, i) => step(i, "s" + "abcdefgh"[i % 8] + i + "x", ...(i < 8 ? [] : [i - 8, (i * 7) % 8])));
  const plan = layout(steps);
  assert.equal(new Set(plan.boxes.map((box) => `${box.x}/${box.y}`)).size, plan.boxes.length);
});

test("a thousand steps are laid out in less than a frame or two", () => {
  const steps = Array.from({ length: 1_000 }, (_, i) => step(i, "w" + (i % 3) + "q" + "z".repeat(i % 17), ...(i < 10 ? [] : [i - 10, i - 7, i - 3].map((one) => Math.max(0, one)))));
  const began = performance.now();
  layout(steps);
  const took = performance.now() - began;
  console.log(`layout of 1,000 steps: ${took.toFixed(1)} ms`);
  assert.ok(took < 200, `took ${took} ms`);
});

/** Steps that are alike in nothing but their stage. */
const many = (count: number, before: (i: number) => number[]) => Array.from({ length: count }, (_, i) => step(i, [i % 26, Math.floor(i / 26) % 26, Math.floor(i / 676)].map((one) => String.fromCharCode(97 + one)).join(""), ...before(i)));

/** Every step is in one box, and each edge goes to the right. */
function sound(plan: ReturnType<typeof layout>, count: number) {
  assert.deepEqual(plan.boxes.flatMap((box) => box.steps.map((one) => one.index)).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  for (const { from, to } of plan.edges) assert.ok(from.layer < to.layer);
}

test("of more steps than can be drawn those of one stage are one box, and open in parts", () => {
  const mesh = many(2_000, (i) => (i < 200 ? [] : [i - 200, Math.max(0, i - 200 - (i % 13))]));
  const chain = many(1_000, (i) => (i === 0 ? [] : [i - 1]));
  const flat = many(1_500, (i) => (i === 0 ? [] : [0]));
  for (const steps of [mesh, chain, flat]) {
    let plan = layout(steps);
    assert.ok(plan.stages);
    assert.ok(plan.boxes.length <= MOST_BOXES, `${plan.boxes.length} boxes`);
    sound(plan, steps.length);
    // to the last step, as who searches it does
    const open = new Set<string>();
    for (let box = plan.boxOf.get(steps.length - 1)!; box.steps.length > 1; box = plan.boxOf.get(steps.length - 1)!) {
      open.add(box.key);
      plan = layout(steps, open);
      sound(plan, steps.length);
      assert.ok(open.size < 5);
    }
    assert.ok(plan.boxes.length < 2 * MOST_BOXES, `${plan.boxes.length} boxes`);
    assert.equal(plan.boxOf.get(steps.length - 1)!.title, steps.at(-1)!.name);
  }
  assert.equal(layout(many(250, (i) => (i === 0 ? [] : [i - 1]))).stages, false);
});

test("what waited is hollow, what ran is solid, and each try has its own", () => {
  const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const plan = timeline([{ index: 0, name: "judge", status: "RUNNING", queuedAt: at(20), attempts: [
    { number: 1, assignedAt: at(2), startedAt: at(3), finishedAt: at(8), outcome: "FAILED" },
    { number: 2, queuedAt: at(8), assignedAt: at(12), startedAt: at(12) },
  ] }], at(0), Date.parse(at(30)));
  assert.deepEqual(plan.rows[0].bars.map((bar) => [bar.kind, bar.status, (bar.from - plan.from) / 1000, (bar.to - plan.from) / 1000]),
    [["ran", "FAILED", 3, 8], ["waited", "RUNNING", 8, 12], ["ran", "RUNNING", 12, 30]]);
  assert.equal(plan.marks[0].text, "0");
});
