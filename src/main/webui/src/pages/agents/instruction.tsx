import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied, send } from "../../api/http";
import type { Instruction, InstructionVersion } from "../../api/types.gen";
import { href } from "../../lib/route";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Field } from "../../ui/field";
import { Inspector, openTab } from "../../ui/inspector";
import { draftOf, type InstructionDraft, instructionFrom, NO_INSTRUCTION } from "./instruction-draft";

const TABS: [string, string][] = [["now", "Now"], ["versions", "Versions"], ["change", "Change"]];

export function InstructionDetail({ id }: { id: string }) {
  const read = useRead<Instruction>(at("instructions", id), { every: 10_000 });
  const { act, problem } = useAct(read.again);
  const one = read.value.value;
  if (!one) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such instruction: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  return (
    <Inspector title={one.name ?? id} id={one.id} tabs={TABS} status={<Status of={one.isActive === false ? "STOPPED" : "READY"} word={one.isActive === false ? "Off" : `Version ${one.number}`} />} actions={<>
      <Button label={one.isActive === false ? "Turn on" : "Turn off"} why={denied() ?? (one.deletedAt ? "It is deleted" : null)} onPress={() => act(one.isActive === false ? "Turn on" : "Turn off", () => replace(one, { ...instructionFrom(draftOf(one), one), isActive: one.isActive === false }))} />
      <Confirm label="Delete" ask={`Delete ${one.name}?`} yes="Yes, delete" why={denied() ?? (one.deletedAt ? "It is deleted" : null)} onPress={() => act("Delete", async (go) => { await call("DELETE", at("instructions", id)); go(href("agents", [], { part: "instructions" })); })} />
    </>}>
      <Notice>{problem.value}</Notice>
      {tab === "now" && <><Says of={one} /><Facts facts={[["Tags", one.tags?.join(", ")], ["Created by", one.createdBy], ["Changed by", one.updatedBy], ["Changed", <Time key="c" at={one.updatedAt} />]]} /></>}
      {tab === "versions" && <Versions id={id} bringBack={(version) => act(`Bring back version ${version.number}`, () => replace(one, { ...instructionFrom(draftOf(version), version), name: one.name }))} />}
      {tab === "change" && <Change one={one} act={act} key={one.number} />}
    </Inspector>
  );
}

function Says({ of }: { of: Instruction | InstructionVersion }) {
  return (
    <>
      {of.description && <p>{of.description}</p>}
      <h3>Prompt</h3><pre class="json" tabIndex={0}>{of.systemPrompt}</pre>
      {(of.guidelines?.length ?? 0) > 0 && <><h3>Guidelines</h3><ul class="guidelines">{of.guidelines!.map((line) => <li key={line}>{line}</li>)}</ul></>}
      {(of.variables?.length ?? 0) > 0 && <><h3>Variables</h3><Facts facts={of.variables!.map((one) => [one.name ?? "", one.default === undefined ? "agents give it" : `"${one.default}" unless given`])} /></>}
    </>
  );
}

interface Changes { from: number; to: number; changes?: { field: string; before?: unknown; after?: unknown; lines?: string[] }[] }

/** What it said at each version, and what changed between two. */
export function Versions({ id, pinned, bringBack }: { id: string; pinned?: number; bringBack?: (version: InstructionVersion) => unknown }) {
  const found = useRead<{ items?: InstructionVersion[] }>(at("instructions", id, "versions") + "?pageSize=100", { every: 10_000 });
  const items = found.value.value?.items ?? [];
  const from = useSignal("");
  const to = useSignal("");
  const newest = items[0]?.number ?? 1;
  const first = Number(from.value) || Math.max(1, newest - 1);
  const second = Number(to.value) || newest;
  const diff = useRead<Changes>(items.length > 1 ? `${at("instructions", id, "diff")}?from=${first}&to=${second}` : null);
  const options = items.map((one) => <option key={one.number} value={String(one.number)}>version {one.number}</option>);
  const shown = items.find((one) => one.number === (pinned ?? second)) ?? items[0];
  return (
    <>
      <Notice>{found.problem.value?.message}</Notice>
      {items.length > 1 && <section aria-label="What changed">
        <div class="side-by-side">
          <label class="field"><span>From</span><select name="from" value={String(first)} onChange={(event) => { from.value = event.currentTarget.value; }}>{options}</select></label>
          <label class="field"><span>To</span><select name="to" value={String(second)} onChange={(event) => { to.value = event.currentTarget.value; }}>{options}</select></label>
        </div>
        <Notice>{diff.problem.value?.message}</Notice>
        {diff.value.value && <Differences of={diff.value.value} />}
      </section>}
      <ol class="generations">{items.map((one) => <li key={one.number}><div class="split"><b>Version {one.number}</b>{one.number === newest && <span class="tag">newest</span>}{one.number === pinned && <span class="tag">pinned</span>}<span class="end"><span class="muted">{one.createdBy} · <Time at={one.createdAt} /></span>{bringBack && one.number !== newest && <Confirm label="Bring back" kind="primary" ask={`Save version ${one.number} again, as version ${newest + 1}?`} why={denied()} onPress={() => bringBack(one)} />}</span></div></li>)}</ol>
      {shown && <Says of={shown} />}
    </>
  );
}

const said = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function Differences({ of }: { of: Changes }) {
  if (!of.changes?.length) return <p class="muted">Nothing differs.</p>;
  return (
    <dl class="diff">{of.changes.map((change) => <div key={change.field}><dt class="mono">{change.field}</dt>
      {change.lines ? change.lines.map((line, i) => line.startsWith("=") ? <dd key={i} class="same">{line.slice(1) || "\u00a0"}</dd>
        : line.startsWith("-") ? <dd key={i} class="gone"><span class="unseen">before: </span><del>{line.slice(1)}</del></dd> : <dd key={i} class="come"><span class="unseen">after: </span><ins>{line.slice(1)}</ins></dd>)
        : <>{change.before !== undefined && <dd class="gone"><span class="unseen">before: </span><del>{said(change.before)}</del></dd>}{change.after !== undefined && <dd class="come"><span class="unseen">after: </span><ins>{said(change.after)}</ins></dd>}</>}
    </div>)}</dl>
  );
}

/** A prompt with its rules and the variables that agents give it. */
export function NewInstruction() {
  const draft = useSignal<InstructionDraft>(NO_INSTRUCTION);
  const { act, problem, busy } = useAct();
  const make = () => act("Create instruction", async (go) => {
    const made = await call<Instruction>("POST", at("instructions"), instructionFrom(draft.value));
    go(href("agents", [made.id!]));
  });
  return (
    <Inspector title="New instruction">
      <form class="form" id="instruction-form" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Draft draft={draft.value} set={(change) => { draft.value = { ...draft.value, ...change }; }} named />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Create instruction" type="submit" kind="primary" why={denied() ?? (draft.value.systemPrompt.trim() ? busy.value || null : "The prompt is empty")} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}

function Draft({ draft, set, named }: { draft: InstructionDraft; set: (change: Partial<InstructionDraft>) => void; named?: boolean }) {
  return (
    <>
      {named && <Field label="Name" name="name" required value={draft.name} onInput={(event) => set({ name: event.currentTarget.value })} />}
      <Field label="What it is for" name="description" value={draft.description} onInput={(event) => set({ description: event.currentTarget.value })} />
      <label class="field"><span>Prompt</span><textarea name="prompt" class="mono" rows={10} value={draft.systemPrompt} onInput={(event) => set({ systemPrompt: event.currentTarget.value })} /></label>
      <label class="field"><span>Guidelines, one a line</span><textarea name="guidelines" rows={4} value={draft.guidelines} onInput={(event) => set({ guidelines: event.currentTarget.value })} /></label>
      <label class="field"><span>Variables, one a line: name, or name=what it is unless given</span><textarea name="variables" class="mono" rows={2} spellcheck={false} value={draft.variables} onInput={(event) => set({ variables: event.currentTarget.value })} /></label>
    </>
  );
}

/** What is changed is the next version; whoever changed it meanwhile is not overwritten. */
function Change({ one, act }: { one: Instruction; act: ReturnType<typeof useAct>["act"] }) {
  const draft = useSignal(draftOf(one));
  const save = () => act("Save", () => replace(one, instructionFrom(draft.value, one)));
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <Draft draft={draft.value} set={(change) => { draft.value = { ...draft.value, ...change }; }} />
      <p class="muted small">Agents that pin no version follow with their next turn.</p>
      <div class="actions"><Button label={`Save as version ${(one.number ?? 0) + 1}`} type="submit" kind="primary" why={denied() ?? (draft.value.systemPrompt.trim() ? null : "The prompt is empty")} onPress={() => undefined} /></div>
    </form>
  );
}

const replace = (one: Instruction, body: Record<string, unknown>) => send("PUT", at("instructions", one.id!), { tags: one.tags, isActive: one.isActive, ...body }, undefined, { "If-Match": `"${one.version}"` });
