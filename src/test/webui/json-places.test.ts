import { json } from "@codemirror/lang-json";
import { EditorState } from "@codemirror/state";
import assert from "node:assert/strict";
import { test } from "node:test";
import { markAt, misfits, pathAt, type ShapePart, shapeAt } from "../src/lib/json-places";

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

const REQUEST: ShapePart = { k: ["object"], x: true, q: ["image"], p: {
  image: { k: ["string"] }, count: { k: ["integer"] }, cpu: { k: ["number"] }, size: { k: ["integer", "string"] }, when: { k: ["string"], s: true, e: ["now", "later"] },
  ports: { k: ["array"], i: { k: ["object"], x: true, q: ["port"], p: { port: { k: ["integer"] } } } }, env: { k: ["object"] }, any: {},
} };
const unfit = (doc: string) => misfits(state(doc), REQUEST).map((one) => [doc.slice(one.from, one.to), one.message]);

test("what fits is not marked, and neither is what is not JSON yet", () => {
  assert.deepEqual(unfit('{"image":"b","count":3,"cpu":2,"size":"2GiB","when":"now","ports":[{"port":80}],"env":{"A":1},"any":[1]}'), []);
  assert.deepEqual(unfit('{"image":"b","cpu":0.5,"size":7}'), []);
  assert.deepEqual(unfit('{"imag'), []);
});

test("a field that there is not, one that is missing, and values of another kind are marked at their places", () => {
  assert.deepEqual(unfit('{"imge":"b"}'), [["{", '"image" is missing'], ['"imge"', 'there is no field "imge" here']]);
  assert.deepEqual(unfit('{"image":7,"count":1.5,"cpu":"2","size":true}'),
    [["7", "must be a text"], ["1.5", "must be a whole number"], ['"2"', "must be a number"], ["true", "must be a whole number or a text"]]);
  assert.deepEqual(unfit('{"image":"b","when":"soon"}'), [['"soon"', 'must be "now" or "later"']]);
  assert.deepEqual(unfit('{"image":"b","ports":[{"port":80},{"prt":1}]}'), [["{", '"port" is missing'], ['"prt"', 'there is no field "prt" here']]);
  assert.deepEqual(unfit("[]"), [["[]", "must be an object"]]);
});
