import { json } from "@codemirror/lang-json";
import { EditorState } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { markAt, pathAt, shapeAt } from "../src/lib/json-places";

const TEXT = `{
  "name": "web",
  "spec": { "image": "a b", "ports": [{ "containerPort": 80 }, { "containerPort": "x" }], "a/b": { "~": 1 } }
}`;
const state = (doc: string) => EditorState.create({ doc, extensions: [json()] });
const marked = (pointer: string, doc = TEXT): string => {
  const { from, to } = markAt(state(doc), pointer);
  return doc.slice(from, to);
};

test("a pointer marks the value that it points at", () => {
  assert.equal(marked("/name"), '"web"');
  assert.equal(marked("/spec/image"), '"a b"');
  assert.equal(marked("/spec/ports/1/containerPort"), '"x"');
  assert.equal(marked("/spec/a~1b/~0"), "1");
});

test("of what holds others its name is marked, and of what is not there what is around it", () => {
  assert.equal(marked("/spec"), '"spec"');
  assert.equal(marked("/spec/memoryBytes"), '"spec"');
  assert.equal(marked("/spec/ports/7/containerPort"), '"ports"');
  assert.equal(marked("/model/name"), "{");
  assert.equal(marked(""), "{");
  assert.equal(marked("/name", ""), "");
});

const at = (doc: string) => pathAt(state(doc.replace("|", "")), doc.indexOf("|"));

test("names are offered where a name is written, and values where a value is", () => {
  const name = at('{ "spec": { "image": "x", "po|" } }');
  assert.deepEqual([name?.path, name?.isName, [...(name?.taken ?? [])]], [["spec"], true, ["image"]]);
  const value = at('{ "spec": { "restartPolicy": "al|" } }');
  assert.deepEqual([value?.path, value?.isName], [["spec", "restartPolicy"], false]);
  const inList = at('{ "ports": [{ "co|" }] }');
  assert.deepEqual([inList?.path, inList?.isName], [["ports", "0"], true]);
});

test("a shape is found at a path, also within lists", () => {
  const shape = { p: { spec: { p: { ports: { i: { p: { containerPort: { t: "integer" } } } } } } } };
  assert.equal(shapeAt(shape, ["spec", "ports", "3", "containerPort"])?.t, "integer");
  assert.equal(shapeAt(shape, ["spec", "nothing"]), undefined);
});
