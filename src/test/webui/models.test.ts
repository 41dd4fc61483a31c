import assert from "node:assert/strict";
import { test } from "node:test";
import { javascriptCall, pythonCall, pythonLiteral } from "../src/lib/call-code";
import { compared, fileChanges, growth, parametersText } from "../src/pages/models/compare";

const OLD = { number: 1, sizeBytes: 2_048, fileCount: 1, format: "gguf", createdBy: "admin", info: { architecture: "llama", parameters: 494_032_768, quantization: "F16", contextLength: 8192 } };
const NEW = { number: 2, sizeBytes: 1_024, fileCount: 1, format: "gguf", createdBy: "admin", info: { architecture: "llama", parameters: 494_032_768, quantization: "Q8_0", contextLength: 8192 } };

test("two versions stand side by side; what is the same says so, and what neither says is left out", () => {
  const rows = compared(OLD, NEW, "mit", (one) => (one.number === 1 ? ["chat"] : []), (one) => (one.number === 2 ? ["stable"] : []));
  const of = (name: string) => rows.find((row) => row.name === name);
  assert.deepEqual(of("Size"), { name: "Size", a: "2 KiB", b: "1 KiB (−50%)", same: false });
  assert.deepEqual(of("Parameters"), { name: "Parameters", a: "494 M", b: "494 M", same: true });
  assert.deepEqual(of("Quantisation"), { name: "Quantisation", a: "F16", b: "Q8_0", same: false });
  assert.deepEqual(of("Used by"), { name: "Used by", a: "chat", b: "none", same: false });
  assert.deepEqual(of("Aliases"), { name: "Aliases", a: "none", b: "stable", same: false });
  assert.equal(of("Licence")?.same, true);
  assert.equal(of("Notes"), undefined);
});

test("the number of parameters is written as models are called", () => {
  assert.deepEqual([8_030_261_248, 494_032_768, 1_100_000_000_000, 12_345, 7, undefined].map(parametersText), ["8.03 B", "494 M", "1.10 T", "12.3 K", "7", "—"]);
  assert.deepEqual([growth(100, 150), growth(100, 50), growth(100, 100), growth(0, 5), growth(undefined, 5)], [" (+50%)", " (−50%)", "", "", ""]);
});

test("files are compared by path and content", () => {
  const file = (path: string, sha256: string) => ({ path, sha256, sizeBytes: 1 });
  const changes = fileChanges([file("a", "1"), file("b", "2"), file("c", "3")], [file("b", "2"), file("c", "4"), file("d", "5")]);
  assert.deepEqual(changes.map((one) => [one.path, one.what]), [["a", "removed"], ["b", "same"], ["c", "changed"], ["d", "added"]]);
});

test("a call is shown in Python and JavaScript, with texts quoted as each wants it", () => {
  const body = { model: "chat", stream: true, messages: [{ role: "user", content: 'Say "no"\n\\ ok?' }], max_tokens: 16 };
  const python = pythonCall("http://h:1", body);
  assert.match(python, /base_url="http:\/\/h:1\/v1"/);
  assert.match(python, /^ {4}stream=True,$/m);
  assert.ok(python.includes('    messages=[{"role": "user", "content": "Say \\"no\\"\\n\\\\ ok?"}],'));
  assert.match(javascriptCall("http://h:1", body), /^ {2}stream: true,$/m);
  assert.equal(pythonLiteral({ a: null, b: [true, false, 1.5], c: undefined, d: NaN }), '{"a": None, "b": [True, False, 1.5], "d": None}');
});
