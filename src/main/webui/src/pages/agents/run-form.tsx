import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Agent, Evaluation, EvaluationRun, InferenceModel, InstructionVersion } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { alike, type CandidateDraft, candidatesFrom } from "./evaluation-draft";

interface Items<T> { items?: T[] }

const NOBODY: CandidateDraft = { agentId: "", version: "", model: "" };

/** Whom to try the cases with: one candidate, or two beside each other. */
export function BeginRun({ evaluation }: { evaluation: Evaluation }) {
  const agents = useRead<Items<Agent>>("/api/agents?pageSize=200").value.value?.items;
  const models = useRead<Items<InferenceModel>>("/api/inference/models?pageSize=200").value.value?.items ?? [];
  const first = useSignal(NOBODY);
  const second = useSignal(NOBODY);
  const judge = useSignal("");
  const parallel = useSignal("4");
  const { act, problem, busy } = useAct();
  const judged = evaluation.cases?.some((one) => one.expect?.some((expect) => expect.type === "judged")) ?? false;
  const a = first.value.agentId ? first.value : { ...first.value, agentId: agents?.[0]?.id ?? "" };
  const chosen = [a, second.value];
  const judging = judge.value || models[0]?.name || "";
  const turns = (evaluation.cases?.length ?? 0) * (second.value.agentId ? 2 : 1);
  const begin = () => act("Begin the run", async (go) => {
    const body = { candidates: candidatesFrom(chosen), parallel: Number(parallel.value), ...(judged && { judge: judging }) };
    const run = await call<EvaluationRun>("POST", at("evaluations", evaluation.id!, "runs"), body);
    go(href("agents", [run.id!]));
  });
  if (agents?.length === 0) return <p class="muted">There is no agent to run it with. <a href={href("agents", ["new"])}>Create one</a> first.</p>;
  return (
    <form class="form" id="run-form" onSubmit={(event) => { event.preventDefault(); void begin(); }}>
      <p class="muted">Each case is a turn of its own, in your name. Tools are really called; those that need approval are not.</p>
      <Candidate name="a" title="Candidate A" draft={a} set={(next) => { first.value = next; }} agents={agents ?? []} models={models} />
      <Candidate name="b" title="Candidate B, beside it" draft={second.value} set={(next) => { second.value = next; }} agents={agents ?? []} models={models} optional />
      {judged && <Choice label="Model that judges" name="judge" value={judging} options={models.map((one): [string, string] => [one.name, one.name])} onChange={(next) => { judge.value = next; }} />}
      <Field label="Turns at once" name="parallel" inputMode="numeric" help="16 at most" value={parallel.value} onInput={(event) => { parallel.value = event.currentTarget.value; }} />
      <Notice>{problem.value}</Notice>
      <div class="actions"><Button label={`Run ${plural(turns, "turn")}`} type="submit" kind="primary" onPress={() => undefined}
        why={denied() ?? (evaluation.deletedAt ? "It is deleted" : evaluation.isActive === false ? "It is off" : !a.agentId ? "Choose an agent" : alike(chosen) ?? (busy.value || null))} /></div>
    </form>
  );
}

interface CandidateProps { name: string; title: string; draft: CandidateDraft; set: (draft: CandidateDraft) => void; agents: Agent[]; models: InferenceModel[]; optional?: boolean }

function Candidate({ name, title, draft, set, agents, models, optional }: CandidateProps) {
  const agent = agents.find((one) => one.id === draft.agentId);
  const versions = useRead<Items<InstructionVersion>>(agent?.instructionId ? at("instructions", agent.instructionId, "versions") + "?pageSize=100" : null).value.value?.items ?? [];
  return (
    <fieldset class="plain-set"><legend>{title}</legend>
      <Choice label="Agent" name={name + "-agent"} value={draft.agentId} options={[...(optional ? [["", "nobody: one candidate alone"] as [string, string]] : []), ...agents.map((one): [string, string] => [one.id!, one.name ?? one.id!])]} onChange={(agentId) => set({ agentId, version: "", model: "" })} />
      {agent && <div class="side-by-side">
        <Choice label="Version of its instruction" name={name + "-version"} value={draft.version} options={[["", agent.instructionVersion ? `its own (${agent.instructionVersion})` : "its own (the newest)"], ...versions.map((one): [string, string] => [String(one.number), "version " + one.number])]} onChange={(version) => set({ ...draft, version })} />
        <Choice label="Model" name={name + "-model"} value={draft.model} options={[["", `its own (${agent.model})`], ...models.map((one): [string, string] => [one.name, one.name])]} onChange={(model) => set({ ...draft, model })} />
      </div>}
    </fieldset>
  );
}
