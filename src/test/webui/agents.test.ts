import assert from "node:assert/strict";
import { test } from "node:test";
import { EventReader } from "../src/lib/sse";
import type { Approval, Message } from "../src/api/types.gen";
import { chain, entries, named, pieces, present, tipUnder, versions } from "../src/pages/agents/branch";
import { draftOf as toolDraftOf, toolFrom } from "../src/pages/agents/tool-draft";
import { shareOf, targetsOf } from "../src/pages/inference/weights";
import { draftOf, limitsFrom, NO_LIMITS, saysOf } from "../src/pages/inference/limits";
import { spentOf } from "../src/pages/inference/spent";
import { take } from "../src/pages/inference/answer";

const said = (id: string, role: "user" | "assistant" | "tool", parentId?: string, more: Partial<Message> = {}): Message => ({ id, role, parentId, content: [{ type: "text", text: id }], ...more });
const all = (...messages: Message[]) => new Map(messages.map((one) => [one.id!, one]));

test("events are whole wherever the stream is cut", () => {
  const text = 'id: run_1.1\nevent: delta\ndata: {"text":"Grüße"}\n\n: a comment\n\nid: run_1.2\r\nevent: done\r\ndata: {\r\ndata: }\r\n\r\ndata: [DONE]\n\nid: cut';
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new EventReader();
    const found = [...reader.add(text.slice(0, cut)), ...reader.add(text.slice(cut))];
    assert.deepEqual(found, [{ id: "run_1.1", type: "delta", data: '{"text":"Grüße"}' }, { id: "run_1.2", type: "done", data: "{\n}" }, { id: "", type: "message", data: "[DONE]" }], "cut at " + cut);
  }
});

test("an edit begins a branch, and both are read to their ends", () => {
  const messages = all(said("u1", "user"), said("a1", "assistant", "u1"), said("u2", "user", "a1"), said("a2", "assistant", "u2"), said("u3", "user", "a1", { inPlaceOf: "u2" }), said("a3", "assistant", "u3"), said("u4", "user", "a1", { inPlaceOf: "u3" }));
  assert.deepEqual(chain(messages, "a3").map((one) => one.id), ["u1", "a1", "u3", "a3"]);
  assert.deepEqual(versions(messages, messages.get("u3")!).map((one) => one.id), ["u2", "u3", "u4"]);
  assert.deepEqual(versions(messages, messages.get("u1")!).map((one) => one.id), ["u1"]);
  assert.equal(tipUnder(messages, "u2"), "a2");
  assert.equal(tipUnder(messages, "u4"), "u4");
});

test("of a turn that runs results are shown in the order of its steps, also with gaps", () => {
  const turn = { executionId: "ex_t", messageId: "u2" };
  const of = { executionId: "ex_t" };
  const messages = all(said("u1", "user"), said("msg_0:0", "assistant", "u1", { executionId: "ex_0" }), said("u2", "user", undefined, of),
    said("msg_t:2", "tool", "msg_t:1", { ...of, toolCallId: "c2" }), said("msg_t:0", "assistant", "u2", { ...of, toolCalls: [{ id: "c1", name: "a", arguments: "{}" }, { id: "c2", name: "a", arguments: "{}" }] }));
  const shown = present({ turn, lastMessageId: "msg_0:0" }, messages);
  assert.deepEqual(shown.map((one) => one.id), ["u1", "msg_0:0", "u2", "msg_t:0", "msg_t:2"]);
  const waiting: Approval = { id: "appr_t:1:1", executionId: "ex_t", stepIndex: 1, round: 1, toolName: "a", arguments: "{}", state: "PENDING" };
  const calls = entries(shown, [waiting]).at(-1)!.calls;
  assert.deepEqual(calls.map((one) => [one.id, one.result?.id, one.approval?.id]), [["c1", undefined, "appr_t:1:1"], ["c2", "msg_t:2", undefined]]);
});

test("code is told from text, and records that a result names are found", () => {
  assert.deepEqual(pieces("Do this:\n```sh\nls -l\n```\nDone."), [{ text: "Do this:" }, { code: "sh", text: "ls -l" }, { text: "Done." }]);
  assert.deepEqual(pieces("```\nit still com"), [{ code: "", text: "it still com" }]);
  assert.deepEqual(named('{"id":"job_01kb3v4n6d8x5m2q7t4w9y0a1b"} job_short ex_01kb3v4n6d8x5m2q7t4w9y0a1b').map((one) => one.page), ["jobs", "executions"]);
});

test("a tool is made from what somebody wrote", () => {
  const draft = { name: " t ", description: "", kind: "aiwm", approval: "ask", waits: "1 h 30 min", unanswered: "approve", method: "GET", url: "", deployment: "", operations: "listNodes, getJob", image: "", command: "", secret: "x", input: "nothing" };
  assert.deepEqual(toolFrom(draft), { name: "t", kind: "aiwm", approval: "ask", approvalTimeoutMs: 5_400_000, approvalDefault: "approve", aiwm: { operations: ["listNodes", "getJob"] } });
  assert.throws(() => toolFrom({ ...draft, kind: "http" }), /no JSON/);
  assert.throws(() => toolFrom({ ...draft, waits: "25 h" }), /up to 24 h/);
  assert.throws(() => toolFrom({ ...draft, waits: "a while" }), /up to 24 h/);
  assert.equal("approvalTimeoutMs" in toolFrom({ ...draft, approval: "auto" }), false);
  assert.deepEqual([60_000, 3_600_000, 90_000].map((approvalTimeoutMs) => toolDraftOf({ name: "t", approvalTimeoutMs, approvalDefault: "approve" }).waits), ["1 min", "60 min", "90 s"]);
});

test("targets have weights, and limits are what was written", () => {
  assert.deepEqual(targetsOf("qwen 9\n\nllama"), [{ to: "qwen", weight: 9 }, { to: "llama", weight: 1 }]);
  assert.equal(shareOf(targetsOf("qwen 9\nllama 1"), { to: "qwen", weight: 9 }), "90%");
  assert.throws(() => targetsOf("qwen 0"), /no target/);
  assert.throws(() => targetsOf("qwen much"), /no target/);
  const limits = { models: ["chat", "qwen*"], requestsPerMinute: 600, budget: { tokens: 1_000_000, period: "MONTH" as const } };
  assert.deepEqual(limitsFrom(draftOf(limits)), limits);
  assert.deepEqual(limitsFrom(NO_LIMITS), {});
  assert.throws(() => limitsFrom({ ...NO_LIMITS, concurrent: "many" }), /Concurrent requests/);
  assert.equal(saysOf(limits), "chat, qwen*; 600 calls a minute; 1,000,000 tokens a month");
  assert.equal(saysOf(undefined), "not limited");
});

test("usage is a series for each name, with 0 where there was none", () => {
  const from = Date.parse("2026-11-27T10:20:00Z");
  const line = (hour: string, model: string, totalTokens: number) => ({ hour, model, totalTokens });
  const spent = spentOf([line("2026-11-27T10:00:00Z", "a", 5), line("2026-11-27T12:00:00Z", "a", 1), line("2026-11-27T11:00:00Z", "b", 9), line("2026-11-26T11:00:00Z", "c", 9)], "model", "totalTokens", from, Date.parse("2026-11-27T12:30:00Z"), "hour");
  assert.deepEqual(spent.times.map((at) => new Date(at * 1000).toISOString().slice(11, 13)), ["10", "11", "12"]);
  assert.deepEqual(spent.series, [{ name: "b", points: [0, 9, 0] }, { name: "a", points: [5, 0, 1] }]);
});

test("an answer is put together from its pieces, and an error in it is told", () => {
  const answer: Parameters<typeof take>[0] = { text: "", thoughts: "" };
  take(answer, { choices: [{ delta: { role: "assistant", content: "" } }] }, 5);
  take(answer, { choices: [{ delta: { reasoning_content: "hm" } }] }, 10);
  take(answer, { choices: [{ delta: { content: "Hi" }, finish_reason: "stop" }] }, 20);
  take(answer, { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }, 30);
  assert.deepEqual(answer, { text: "Hi", thoughts: "hm", firstMs: 10, finish: "stop", promptTokens: 3, completionTokens: 2 });
  assert.throws(() => take(answer, { error: { message: "gone" } }, 40), /gone/);
});
