import assert from "node:assert/strict";
import { test } from "node:test";
import { alike, candidatesFrom, draftOf, evaluationFrom, inWords } from "../src/pages/agents/evaluation-draft";
import { draftOf as instructionDraftOf, instructionFrom } from "../src/pages/agents/instruction-draft";
import { argumentsOf, objectOf } from "../src/pages/agents/tool-draft";

const CASE = { name: "oslo", prompt: "Is it warm?", variables: { who: "ada=1" }, expect: [
  { type: "contains" as const, text: "Oslo " }, { type: "matches" as const, pattern: "[0-9]+ degrees" }, { type: "schema" as const, schema: { type: "object" } },
  { type: "toolCalled" as const, tool: "weather", arguments: { city: "Oslo" } }, { type: "judged" as const, criterion: "It is brief." },
] };

test("an evaluation is written back as it was read", () => {
  const read = { name: "weather", description: "Of cities", tags: ["nightly"], cases: [CASE, { name: "any", prompt: "Hello", expect: [] }] };
  assert.deepEqual(evaluationFrom(draftOf(read)), read);
});

test("an evaluation that cannot be says which case is wrong", () => {
  const draft = draftOf({ name: "weather", cases: [CASE] });
  const with1 = (change: object) => evaluationFrom({ ...draft, cases: [{ ...draft.cases[0], ...change }] });
  assert.throws(() => with1({ expect: [{ type: "contains", text: " ", arguments: "" }] }), /oslo: an expectation is empty/);
  assert.throws(() => with1({ expect: [{ type: "schema", text: "[]", arguments: "" }] }), /oslo: the schema is no JSON object/);
  assert.throws(() => with1({ expect: [{ type: "toolCalled", text: "weather", arguments: "{" }] }), /oslo: the arguments are no JSON/);
  assert.throws(() => with1({ variables: "who" }), /oslo: a variable is written as name=value/);
});

test("expectations are read in words", () => {
  assert.deepEqual(CASE.expect.map(inWords), ['contains "Oslo "', "matches /[0-9]+ degrees/", "is JSON that fits a schema", 'calls weather with {"city":"Oslo"}', "is judged: It is brief."]);
});

test("candidates have only what was chosen, and two that are the same are told", () => {
  const one = { agentId: "agent_1", version: "", model: "" };
  assert.deepEqual(candidatesFrom([one, { agentId: "", version: "2", model: "m" }]), [{ agentId: "agent_1" }]);
  assert.deepEqual(candidatesFrom([one, { agentId: "agent_1", version: "2", model: "m" }]), [{ agentId: "agent_1" }, { agentId: "agent_1", instructionVersion: 2, model: "m" }]);
  assert.match(alike([one, { ...one }])!, /the same/);
  assert.equal(alike([one, { ...one, version: "2" }]), null);
  assert.equal(alike([one, { agentId: "", version: "", model: "" }]), null);
});

test("an instruction keeps the descriptions of its variables", () => {
  const read = { name: "guide", systemPrompt: "You help {{who}}.", guidelines: ["Be brief."], variables: [{ name: "who", description: "Whom", default: "all = some" }, { name: "what" }] };
  assert.deepEqual(instructionFrom(instructionDraftOf(read), read), read);
});

test("arguments to begin with come from the schema", () => {
  assert.equal(argumentsOf({ properties: { city: { type: "string" }, days: { type: ["integer", "null"], default: 3 }, unit: { enum: ["C", "F"] }, at: { type: "object", properties: { lat: { type: "number" } } } } }),
    JSON.stringify({ city: "", days: 3, unit: "C", at: { lat: 0 } }, null, 2));
  assert.equal(argumentsOf({ required: ["city"], properties: { city: { type: "string" }, days: {} } }), JSON.stringify({ city: "" }, null, 2));
  assert.equal(argumentsOf(undefined), "{}");
  assert.deepEqual(objectOf(" "), {});
  assert.throws(() => objectOf("[1]"), /no JSON object/);
  assert.throws(() => objectOf("{"), /no JSON/);
});
