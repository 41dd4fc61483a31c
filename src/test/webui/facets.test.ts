import assert from "node:assert/strict";
import { test } from "node:test";
import { type Facet, fits, labelFacets, MOST_VALUES, valuesOf } from "../src/lib/facets";

interface One { zone?: string; tags?: string[]; labels?: Record<string, unknown> }

const ZONE: Facet<One> = { param: "zone", title: "Zone", of: (one) => [one.zone] };
const TAG: Facet<One> = { param: "tag", title: "Tag", of: (one) => one.tags ?? [] };
const FACETS = [ZONE, TAG];
const ITEMS: One[] = [{ zone: "eu-1", tags: ["a", "b"] }, { zone: "eu-1", tags: ["a"] }, { zone: "eu-2", tags: ["b", "b"] }, {}];

test("a list is narrowed by all that is chosen, and by nothing where nothing is", () => {
  assert.equal(ITEMS.filter((one) => fits(FACETS, {}, one)).length, 4);
  assert.deepEqual(ITEMS.filter((one) => fits(FACETS, { zone: "eu-1", tag: "b" }, one)), [ITEMS[0]]);
  assert.deepEqual(ITEMS.filter((one) => fits(FACETS, { zone: "eu-3" }, one)), []);
});

test("each value says how many rows it leaves with what else is chosen, most first", () => {
  assert.deepEqual(valuesOf(FACETS, ZONE, ITEMS, {}), [["eu-1", 2], ["eu-2", 1]]);
  assert.deepEqual(valuesOf(FACETS, TAG, ITEMS, { zone: "eu-1" }), [["a", 2], ["b", 1]]);
  assert.deepEqual(valuesOf(FACETS, ZONE, ITEMS, { zone: "eu-2" }), [["eu-1", 2], ["eu-2", 1]]);
});

test("what is chosen is offered although nothing has it, also among many", () => {
  assert.deepEqual(valuesOf(FACETS, ZONE, ITEMS, { zone: "gone" }), [["eu-1", 2], ["eu-2", 1], ["gone", 0]]);
  const many = Array.from({ length: 100 }, (_, i) => ({ zone: "z" + i }));
  const values = valuesOf(FACETS, ZONE, many, { zone: "gone" });
  assert.equal(values.length, MOST_VALUES);
  assert.deepEqual(values.at(-1), ["gone", 0]);
});

test("labels that several machines share narrow them, and one that each has for itself does not", () => {
  const machines: One[] = [1, 2, 3].map((i) => ({ labels: { pool: i < 3 ? "train" : "serve", host: "h" + i } }));
  const [pool, ...more] = labelFacets(machines, {});
  assert.deepEqual([pool.param, pool.title, more.length], ["label.pool", "pool", 0]);
  assert.deepEqual(machines.filter((one) => fits([pool], { "label.pool": "train" }, one)), machines.slice(0, 2));
  assert.deepEqual(labelFacets(machines, { "label.host": "h1" }).map((facet) => facet.param), ["label.host", "label.pool"]);
  assert.deepEqual(labelFacets([], { "label.gone": "x" }).map((facet) => facet.param), ["label.gone"]);
});
