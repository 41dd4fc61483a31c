import { useSignal } from "@preact/signals";
import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { InferenceAlias } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { closed, href, place } from "../../lib/route";
import { Empty, Facts, Meter, Notice, Status, Time } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Delete } from "../../ui/delete";
import { Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { type Column, List, Open } from "../../ui/list";
import { Head } from "./head";
import { shareOf, targetsOf } from "./weights";

type Row = InferenceAlias & { id: string };

const COLUMNS: Column<Row>[] = [
  { head: "State", cell: (one) => (one.unresolved?.length ? <Status of="DEGRADED" word="Target missing" /> : <Status of="READY" />), kind: "status" },
  { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name, kind: "grow" },
  { head: "Goes to", cell: (one) => one.targets.map((target) => `${target.to} ${shareOf(one.targets, target)}`).join(", "), kind: "mono grow" },
  { head: "Falls back to", cell: (one) => one.fallback?.join(", ") ?? "", kind: "mono wide" },
  { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num wide" },
];

export function Aliases() {
  const { rest } = place.value;
  const read = useRead<{ items?: InferenceAlias[] }>("/api/inference/aliases?pageSize=1000", { every: 5_000 });
  useCommands([{ path: "/api/inference/aliases", cli: "aiwm inference aliases" }]);
  const items = (read.value.value?.items ?? []).map((one): Row => ({ ...one, id: one.name }));
  const open = items.find((one) => one.name === rest[0]);
  return (
    <div class="with-side">
      <main id="main" class="parts">
        <Head says={read.value.value ? plural(items.length, "alias", "aliases") : ""}><a class="btn primary" href={href("inference", ["new"], { part: "aliases" })}>New alias</a></Head>
        {read.problem.value && <Notice>{read.problem.value.message}</Notice>}
        {read.value.value && items.length === 0
          ? <Empty title="There is no alias yet"><p>An alias is a name for one or more models, with weights, and with others that are tried when none of them answers. Callers need not know what stands behind it.</p></Empty>
          : <List name="Aliases" items={items} columns={COLUMNS} sortable label={(one) => one.name} card={(one) => <span class="two-lines"><span class="line-1"><Open id={one.id}>{one.name}</Open></span><span class="line-2 muted"><span>{one.targets.map((target) => target.to).join(", ")}</span></span></span>} />}
      </main>
      {rest[0] === "new" ? <Edit key="new" again={read.again} /> : rest[0] && (open ? <Edit key={open.name + open.updatedAt} one={open} again={read.again} /> : read.value.value && <Inspector title={rest[0]}><Notice>There is no alias of this name.</Notice></Inspector>)}
    </div>
  );
}

function Edit({ one, again }: { one?: InferenceAlias; again: () => void }) {
  const name = useSignal(one?.name ?? "");
  const targets = useSignal((one?.targets ?? []).map((target) => `${target.to} ${target.weight}`).join("\n"));
  const fallback = useSignal(one?.fallback?.join(" ") ?? "");
  const { act, problem, busy } = useAct(again);
  const save = () => act("Save alias", async (go) => {
    const others = fallback.value.split(/[\s,]+/).filter(Boolean);
    await call("PUT", at("inference", "aliases", name.value.trim()), { targets: targetsOf(targets.value), ...(others.length > 0 && { fallback: others }) });
    go(href("inference", [name.value.trim()], { part: "aliases" }));
  });
  return (
    <Inspector title={one?.name ?? "New alias"} actions={one && <>
      <a class="btn" href={href("inference", [], { part: "try", model: one.name })}>Try it</a>
      <Delete ask={`Delete the alias ${one.name}?`} path={at("inference", "aliases", one.name)} why={denied()} act={act} onDone={(go) => go(closed())} /></>}>
      {one?.unresolved?.length ? <Notice tone="warn">Nothing has the name {one.unresolved.join(", ")}.</Notice> : null}
      {one && <ul class="weights" aria-label="Where calls go">{one.targets.map((target) => <li key={target.to}><span class="mono text">{target.to}</span><Meter part={target.weight} whole={one.targets.reduce((sum, each) => sum + each.weight, 0)} label={`${target.to} gets ${shareOf(one.targets, target)}`} /><span class="num">{shareOf(one.targets, target)}</span></li>)}</ul>}
      <form class="form" id="alias-form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {!one && <Field label="Name" name="name" required value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />}
        <label class="field"><span>Goes to: a name and its weight, one a line</span><textarea name="targets" class="mono" rows={4} spellcheck={false} placeholder={"qwen 9\nllama 1"} value={targets.value} onInput={(event) => { targets.value = event.currentTarget.value; }} /></label>
        <Field label="Falls back to, in order" name="fallback" help="Tried when no target answers; several with a space between them" value={fallback.value} onInput={(event) => { fallback.value = event.currentTarget.value; }} />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Save" type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
      {one && <Facts facts={[["Created by", one.createdBy], ["Changed by", one.updatedBy], ["Changed", <Time key="c" at={one.updatedAt} />]]} />}
    </Inspector>
  );
}
