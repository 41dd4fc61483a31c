import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

// the copy of the sources that a build makes: tests run beside it
const ROOT = "src";

const filesIn = (folder: string): string[] => readdirSync(folder, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : []));

/** What a file takes from others of ours, types as well, at once or later. */
function importsOf(file: string): string[] {
  const named = [...readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport\(|^import)\s*"(\.[^"]+)"/gm)].map((found) => join(dirname(file), found[1]));
  return named.flatMap((path) => [path + ".ts", path + ".tsx"].filter((one) => existsSync(one)));
}

/** The way round, file by file; empty: there is none. */
function circleIn(graph: Map<string, string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, way: string[]): string[] => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const found = visit(next, [...way, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const found = visit(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

const files = filesIn(ROOT);
const graph = new Map(files.map((file) => [file, importsOf(file)]));

test("a circle of imports is found", () => {
  assert.deepEqual(circleIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]])), ["b", "c", "b"]);
  assert.deepEqual(circleIn(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), []);
});

test("no files of the page import each other in a circle: each can be read, and loaded, after those it names", () => {
  assert.ok(files.length > 100 && [...graph.values()].flat().length > 300);
  assert.deepEqual(circleIn(graph), []);
});

test("what several pages share is no page, and lib and ui know of none", () => {
  const room = (file: string) => relative(ROOT, file).split("/");
  const wrong = [...graph].flatMap(([file, others]) => others.filter((other) => room(other)[0] === "pages" && (room(file)[0] === "lib" || room(file)[0] === "ui" || room(file)[0] === "api")).map((other) => `${file} imports ${other}`));
  assert.deepEqual(wrong, []);
});
