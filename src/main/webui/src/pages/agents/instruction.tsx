import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied, send } from "../../api/http";
import type { Instruction, InstructionVersion } from "../../api/types.gen";
import { go, href } from "../../lib/route";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Inspector, openTab } from "../../ui/inspector";

const TABS: [string, string][] = [["now", "Now"], ["versions", "Versions"], ["change", "Change"]];

export function InstructionDetail({ id }: { id: string }) {
  const read = useRead<Instruction>(at("instructions", id), { every: 10_000 });
  const { act, problem } = useAct(read.again);
  const one = read.value.value;
  if (!one) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such instruction: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  return (
    <Inspector title={one.name ?? id} id={one.id} tabs={TABS} status={<Status of={one.isActive === false ? "STOPPED" : "READY"} word={one.isActive === false ? "Off" : `Version ${one.number}`} />} actions={
      <Confirm label="Delete" ask={`Delete ${one.name}?`} yes="Yes, delete" why={denied() ?? (one.deletedAt ? "It is deleted" : null)} onPress={() => act("Delete", async () => { await call("DELETE", at("instructions", id)); go(href("agents", [], { part: "instructions" })); })} />}>
      <Notice>{problem.value}</Notice>
      {tab === "now" && <><Says of={one} /><Facts facts={[["Tags", one.tags?.join(", ")], ["Made by", one.createdBy], ["Changed by", one.updatedBy], ["Changed", <Time key="c" at={one.updatedAt} />]]} /></>}
      {tab === "versions" && <Versions id={id} />}
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
export function Versions({ id, pinned }: { id: string; pinned?: number }) {
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
      <ol class="generations">{items.map((one) => <li key={one.number}><div class="split"><b>Version {one.number}</b>{one.number === newest && <span class="tag">newest</span>}{one.number === pinned && <span class="tag">pinned</span>}<span class="end muted">{one.createdBy} · <Time at={one.createdAt} /></span></div></li>)}</ol>
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

/** What is changed is the next version; whoever changed it meanwhile is not overwritten. */
function Change({ one, act }: { one: Instruction; act: ReturnType<typeof useAct>["act"] }) {
  const prompt = useSignal(one.systemPrompt ?? "");
  const lines = useSignal((one.guidelines ?? []).join("\n"));
  const save = () => act("Save", () => send("PUT", at("instructions", one.id!), {
    name: one.name, description: one.description, variables: one.variables, tags: one.tags, isActive: one.isActive,
    systemPrompt: prompt.value, guidelines: lines.value.split("\n").map((line) => line.trim()).filter(Boolean),
  }, undefined, { "If-Match": `"${one.version}"` }));
  return (
    <form class="form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <label class="field"><span>Prompt</span><textarea name="prompt" class="mono" rows={10} value={prompt.value} onInput={(event) => { prompt.value = event.currentTarget.value; }} /></label>
      <label class="field"><span>Guidelines, one a line</span><textarea name="guidelines" rows={4} value={lines.value} onInput={(event) => { lines.value = event.currentTarget.value; }} /></label>
      <p class="muted small">Agents that pin no version follow with their next turn.</p>
      <div class="actions"><Button label={`Save as version ${(one.number ?? 0) + 1}`} type="submit" kind="primary" why={denied() ?? (prompt.value.trim() ? null : "The prompt is empty")} onPress={() => undefined} /></div>
    </form>
  );
}
