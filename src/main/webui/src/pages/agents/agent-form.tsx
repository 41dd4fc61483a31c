import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Agent, InferenceModel, Instruction, Tool } from "../../api/types.gen";
import { href } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Check, Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { choicesOf, firstOf } from "../inference/choices";
import { requestOf } from "./agent-detail";
import { APPROVALS } from "./tool";

interface Items<T> { items?: T[] }

/** A new agent, or, `like` one, that one with other things. */
export function NewAgent({ like }: { like?: string }) {
  const instructions = useRead<Items<Instruction>>("/api/instructions?pageSize=200").value.value?.items ?? [];
  const tools = useRead<Items<Tool>>("/api/tools?pageSize=200").value.value?.items ?? [];
  const models = useRead<Items<InferenceModel>>("/api/inference/models?pageSize=200").value.value?.items ?? [];
  const old = useSignal<Agent | null>(null);
  const name = useSignal("");
  const description = useSignal("");
  const instruction = useSignal("");
  const prompt = useSignal("You help people with this cluster. Answer briefly.");
  const model = useSignal("");
  const version = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const { act, problem, busy } = useAct();
  useEffect(() => {
    if (!like) return;
    void call<Agent>("GET", at("agents", like)).then((agent) => {
      old.value = agent;
      name.value = agent.name ?? "";
      description.value = agent.description ?? "";
      instruction.value = agent.instructionId ?? "";
      version.value = String(agent.instructionVersion ?? "");
      model.value = agent.model ?? "";
      chosen.value = new Set(agent.toolIds);
    }, () => undefined);
  }, [like]);
  const wanted = model.value || firstOf(models);
  const save = () => act(like ? "Save" : "Create agent", async (go) => {
    const before = old.value ? requestOf(old.value) : {};
    // the instruction of the agent has its name; where one is of that name already, the API says so
    const instructionId = instruction.value || (await call<Instruction>("POST", at("instructions"), { name: name.value.trim(), systemPrompt: prompt.value })).id!;
    instruction.value = instructionId;
    const body = { ...before, name: name.value.trim(), description: description.value.trim() || undefined, instructionId, instructionVersion: Number(version.value) || undefined, model: wanted, toolIds: [...chosen.value] };
    const made = await call<Agent>(like ? "PUT" : "POST", like ? at("agents", like) : at("agents"), body);
    go(href("agents", [made.id!]));
  });
  return (
    <Inspector title={like ? `Change ${name.value}` : "New agent"}>
      <form class="form" id="agent-form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <Field label="Name" name="name" required value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Field label="What it is for" name="description" value={description.value} onInput={(event) => { description.value = event.currentTarget.value; }} />
        {models.length > 0
          ? <Choice label="Model" name="model" value={wanted} options={choicesOf(models, wanted)} onChange={(next) => { model.value = next; }} />
          : <Field label="Model" name="model" required help="Nothing can be called now: an alias, a deployment or an endpoint that is to come" value={model.value} onInput={(event) => { model.value = event.currentTarget.value; }} />}
        <Choice label="Instruction" name="instruction" value={instruction.value} options={[["", "a new one"], ...instructions.map((one): [string, string] => [one.id!, one.name ?? one.id!])]} onChange={(next) => { instruction.value = next; version.value = ""; }} />
        {instruction.value === ""
          ? <label class="field"><span>Prompt</span><textarea name="prompt" rows={5} value={prompt.value} onInput={(event) => { prompt.value = event.currentTarget.value; }} /></label>
          : <Field label="Version of it, if not the newest" name="version" inputMode="numeric" value={version.value} onInput={(event) => { version.value = event.currentTarget.value; }} />}
        <fieldset class="plain-set"><legend>Tools</legend>
          {tools.length === 0 && <p class="muted">There is none. <a href={href("agents", ["new"], { part: "tools" })}>Create one</a></p>}
          {tools.map((tool) => <Check key={tool.id} name={"tool-" + tool.name} label={<>{tool.name} <span class="muted">{tool.kind}, {APPROVALS[tool.approval ?? "auto"]}</span></>} checked={chosen.value.has(tool.id!)} onChange={(on) => {
            const next = new Set(chosen.value);
            if (on) next.add(tool.id!); else next.delete(tool.id!);
            chosen.value = next;
          }} />)}
        </fieldset>
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label={like ? "Save" : "Create agent"} type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}
