import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied, send } from "../../api/http";
import type { Evaluation } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href, onward } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { type CaseDraft, draftOf, type EvaluationDraft, evaluationFrom, type ExpectDraft, MOST_CASES, MOST_EXPECT, newCase, newExpect, TYPES } from "./evaluation-draft";

/** A new evaluation, or one like another. */
export function NewEvaluation({ like }: { like?: string }) {
  const go = onward();
  const first = useSignal<EvaluationDraft | null>(like ? null : { name: "", description: "", tags: "", cases: [newCase(1)] });
  const problem = useSignal("");
  useEffect(() => {
    if (!like) return;
    void call<Evaluation>("GET", at("evaluations", like)).then((one) => { first.value = { ...draftOf(one), name: one.name + "-2" }; }, (cause: Error) => { problem.value = cause.message; });
  }, [like]);
  return (
    <Inspector title="New evaluation">
      <p class="muted">Prompts, each with what its answer must be. A run tries them with one or two candidates.</p>
      <Notice>{problem.value}</Notice>
      {first.value && <EvaluationForm first={first.value} label="Create evaluation" save={async (body) => {
        const made = await call<Evaluation>("POST", at("evaluations"), body);
        go(href("agents", [made.id!]));
      }} />}
    </Inspector>
  );
}

/** Runs keep the cases that they began with; whoever changed it meanwhile is not overwritten. */
export function ChangeEvaluation({ one, again }: { one: Evaluation; again: () => unknown }) {
  return <EvaluationForm first={draftOf(one)} label="Save" save={async (body) => {
    await send("PUT", at("evaluations", one.id!), { ...body, isActive: one.isActive }, undefined, { "If-Match": `"${one.version}"` });
    await again();
  }} />;
}

interface FormProps { first: EvaluationDraft; label: string; save: (body: Record<string, unknown>) => Promise<void> }

function EvaluationForm({ first, label, save }: FormProps) {
  const draft = useSignal(first);
  const { act, problem, busy } = useAct();
  const now = draft.value;
  const set = (change: Partial<EvaluationDraft>) => { draft.value = { ...draft.value, ...change }; };
  const setCase = (index: number, change: Partial<CaseDraft>) => set({ cases: draft.value.cases.map((one, i) => (i === index ? { ...one, ...change } : one)) });
  return (
    <form class="form" id="evaluation-form" onSubmit={(event) => { event.preventDefault(); void act(label, async () => save(evaluationFrom(draft.value))); }}>
      <Field label="Name" name="name" required value={now.name} onInput={(event) => set({ name: event.currentTarget.value })} />
      <Field label="What it is for" name="description" value={now.description} onInput={(event) => set({ description: event.currentTarget.value })} />
      <Field label="Tags" name="tags" value={now.tags} onInput={(event) => set({ tags: event.currentTarget.value })} />
      <h3>{plural(now.cases.length, "case")}</h3>
      {now.cases.map((one, index) => <CaseFields key={one.key} of={one} number={index} set={(change) => setCase(index, change)}
        remove={now.cases.length > 1 ? () => set({ cases: now.cases.filter((_, i) => i !== index) }) : undefined} />)}
      <div class="actions"><Button label="Add a case" why={now.cases.length >= MOST_CASES ? `${MOST_CASES} cases are the most` : null} onPress={() => set({ cases: [...now.cases, newCase(now.cases.length + 1)] })} /></div>
      <Notice>{problem.value}</Notice>
      <div class="actions"><Button label={label} type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
    </form>
  );
}

function CaseFields({ of, number, set, remove }: { of: CaseDraft; number: number; set: (change: Partial<CaseDraft>) => void; remove?: () => void }) {
  const setExpect = (index: number, change: Partial<ExpectDraft>) => set({ expect: of.expect.map((one, i) => (i === index ? { ...one, ...change } : one)) });
  const more = of.variables !== "";
  return (
    <fieldset class="plain-set case"><legend>{of.name || `Case ${number + 1}`}</legend>
      <Field label="Name of the case" name={`case-${number}-name`} required value={of.name} onInput={(event) => set({ name: event.currentTarget.value })} />
      <label class="field"><span>Prompt</span><textarea name={`case-${number}-prompt`} rows={2} required value={of.prompt} onInput={(event) => set({ prompt: event.currentTarget.value })} /></label>
      <details open={more}><summary class="muted small">Variables of the instruction</summary>
        <label class="field"><span>One a line, as name=value</span><textarea name={`case-${number}-variables`} class="mono" rows={2} spellcheck={false} value={of.variables} onInput={(event) => set({ variables: event.currentTarget.value })} /></label></details>
      {of.expect.map((one, index) => <ExpectFields key={index} of={one} name={`case-${number}-expect-${index}`} set={(change) => setExpect(index, change)} remove={() => set({ expect: of.expect.filter((_, i) => i !== index) })} />)}
      {of.expect.length === 0 && <p class="muted small">Any answer passes.</p>}
      <div class="actions">
        <Button label="Add an expectation" why={of.expect.length >= MOST_EXPECT ? `${MOST_EXPECT} expectations are the most` : null} onPress={() => set({ expect: [...of.expect, newExpect()] })} />
        {remove && <Button label="Remove the case" onPress={remove} />}
      </div>
    </fieldset>
  );
}

function ExpectFields({ of, name, set, remove }: { of: ExpectDraft; name: string; set: (change: Partial<ExpectDraft>) => void; remove: () => void }) {
  const says = TYPES.find(([type]) => type === of.type)![2];
  return (
    <div class="expect">
      <label class="field"><span>The answer</span><select name={name + "-type"} value={of.type} onChange={(event) => set({ type: event.currentTarget.value as ExpectDraft["type"] })}>{TYPES.map(([type, text]) => <option key={type} value={type}>{text}</option>)}</select></label>
      {of.type === "schema"
        ? <label class="field"><span>{says}</span><textarea name={name} class="mono" rows={4} spellcheck={false} value={of.text} onInput={(event) => set({ text: event.currentTarget.value })} /></label>
        : <Field label={says} name={name} value={of.text} onInput={(event) => set({ text: event.currentTarget.value })} />}
      <button type="button" class="btn quiet" aria-label="Remove the expectation" title="Remove the expectation" onClick={remove}><span aria-hidden="true">✕</span></button>
      {of.type === "toolCalled" && <Field label="Arguments that it has among others, as JSON" name={name + "-arguments"} value={of.arguments} onInput={(event) => set({ arguments: event.currentTarget.value })} />}
    </div>
  );
}
