import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useRead, useRows } from "../../api/hooks";
import { at, call, denied, me } from "../../api/http";
import { Rows } from "../../api/rows";
import type { ApiKey, IssuedApiKey, Team } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { closed, href, place } from "../../lib/route";
import { Copy, Empty, Facts, Notice, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Choice, Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";
import { type Column, List, Open } from "../../ui/list";
import { Head } from "./head";
import { draftOf, type LimitDraft, limitsFrom, NO_LIMITS, saysOf } from "./limits";

const DAYS: [string, string][] = [["", "never"], ["30", "in 30 days"], ["90", "in 90 days"], ["365", "in a year"]];
const DAY_SECONDS = 86_400;

const COLUMNS: Column<ApiKey>[] = [
  { head: "Name", cell: (key) => <Open id={key.id}>{key.name}</Open>, by: (key) => key.name, kind: "grow" },
  { head: "Owner", cell: (key) => key.owner, by: (key) => key.owner },
  { head: "Scope", cell: (key) => (key.scope === "inference" ? "model calls" : `all of ${key.role.toLowerCase()}`), kind: "wide" },
  { head: "May use", cell: (key) => saysOf(key.limits), kind: "muted wide grow" },
  { head: "Used", cell: (key) => <Time at={key.lastUsedAt} />, by: (key) => key.lastUsedAt ?? "", kind: "num" },
  { head: "Expires", cell: (key) => (key.expiresAt ? <Time at={key.expiresAt} /> : "never"), by: (key) => key.expiresAt ?? "9", kind: "num wide" },
];

export function Keys() {
  const { rest } = place.value;
  const rows = useRows<ApiKey>("keys", () => new Rows<ApiKey>({ path: "/api/api-keys", first: 500 }));
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void rows.reload(); }, 10_000);
    return () => clearInterval(timer);
  }, [rows]);
  useCommands([{ path: "/api/api-keys" }]);
  const items = rows.items.value;
  const open = items.find((key) => key.id === rest[0]);
  return (
    <div class="with-side">
      <main id="main" class="parts">
        <Head says={rows.loaded.value ? plural(rows.total.value ?? items.length, "key") : ""}><a class="btn primary" href={href("inference", ["new"], { part: "keys" })}>New key</a></Head>
        {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
        {rows.loaded.value && items.length === 0
          ? <Empty title="There is no key yet"><p>A program that calls models has a key of its own: with limits, so that it takes no more than it should, and seen in the usage.</p></Empty>
          : <List name="Keys" items={items} columns={COLUMNS} sortable total={rows.total.value} onEnd={() => void rows.more()} label={(key) => key.name} card={(key) => <span class="two-lines"><span class="line-1"><Open id={key.id}>{key.name}</Open><span class="muted">{key.owner}</span></span><span class="line-2 muted"><span>{saysOf(key.limits)}</span></span></span>} />}
        <Teams />
      </main>
      {rest[0] === "new" ? <NewKey again={() => rows.reload()} /> : rest[0] && (open ? <KeyDetail key={open.id} one={open} again={() => rows.reload()} /> : rows.loaded.value && <Inspector title={rest[0]}><Notice>There is no such key: it was deleted.</Notice></Inspector>)}
    </div>
  );
}

/** Limits that users and keys of a team have together. */
function Teams() {
  const teams = useRead<{ items?: Team[] }>("/api/teams?pageSize=100").value.value?.items;
  if (!teams?.length) return null;
  return <section aria-label="Teams"><h3>What teams may use together</h3><Facts facts={teams.map((team) => [team.name, saysOf(team.limits)])} /></section>;
}

function LimitFields({ draft, onChange }: { draft: LimitDraft; onChange: (change: Partial<LimitDraft>) => void }) {
  const number = (name: keyof LimitDraft, label: string) => <Field label={label} name={name} inputMode="numeric" value={draft[name]} onInput={(event) => onChange({ [name]: event.currentTarget.value })} />;
  return (
    <fieldset class="plain-set"><legend>What it may use; what is empty is not limited</legend>
      <Field label="Names that it may call" name="models" help="chat qwen*: several with a space between them, * at the end for all that begin so" value={draft.models} onInput={(event) => onChange({ models: event.currentTarget.value })} />
      <div class="side-by-side">{number("requestsPerMinute", "Requests per minute")}{number("tokensPerMinute", "Tokens per minute")}</div>
      <div class="side-by-side">{number("concurrent", "Concurrent requests")}{number("priority", "Priority, −10 to 10")}</div>
      <div class="side-by-side">{number("budget", "Token budget")}<Choice label="Per" name="period" value={draft.period} options={[["DAY", "day"], ["MONTH", "month"]]} onChange={(period) => onChange({ period })} /></div>
    </fieldset>
  );
}

function NewKey({ again }: { again: () => unknown }) {
  const name = useSignal("");
  const scope = useSignal("inference");
  const role = useSignal("VIEWER");
  const days = useSignal("90");
  const draft = useSignal(NO_LIMITS);
  const made = useSignal<IssuedApiKey | null>(null);
  const { act, problem, busy } = useAct(again);
  const make = () => act("Create key", async () => {
    const limits = limitsFrom(draft.value);
    made.value = await call<IssuedApiKey>("POST", at("api-keys"), {
      name: name.value.trim(), role: role.value, ...(scope.value && { scope: scope.value }), ...(days.value && { expiresIn: Number(days.value) * DAY_SECONDS }), ...(Object.keys(limits).length > 0 && { limits }),
    });
  });
  if (made.value) return <Issued key={made.value.id} one={made.value} />;
  return (
    <Inspector title="New key">
      <form class="form" id="key-form" onSubmit={(event) => { event.preventDefault(); void make(); }}>
        <Field label="Name" name="name" required maxLength={100} help="Who or what has it" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <div class="side-by-side">
          <Choice label="Scope" name="scope" value={scope.value} options={[["inference", "model calls only"], ["", "all that its role allows"]]} onChange={(next) => { scope.value = next; }} />
          <Choice label="Role" name="role" value={role.value} options={["VIEWER", "OPERATOR", "ADMIN"].filter((one) => !denied(one === "ADMIN" ? "ADMIN" : "OPERATOR") || one === "VIEWER").map((one) => [one, one.toLowerCase()])} onChange={(next) => { role.value = next; }} />
          <Choice label="Expires" name="days" value={days.value} options={DAYS} onChange={(next) => { days.value = next; }} />
        </div>
        <LimitFields draft={draft.value} onChange={(change) => { draft.value = { ...draft.value, ...change }; }} />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Create key" type="submit" kind="primary" why={busy.value || null} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}

/** The only time that the key itself is seen. */
function Issued({ one }: { one: IssuedApiKey }) {
  const sample = `curl ${location.origin}/v1/models -H "Authorization: Bearer ${one.key}"`;
  return (
    <Inspector title={one.name} id={one.id}>
      <div class="key-once"><p><b>Copy the key now.</b> It is stored nowhere, and shown this once.</p><Copy text={one.key}><code class="block" id="the-key">{one.key}</code></Copy></div>
      <h3>What it can call</h3><Copy text={sample}><code class="block">{sample}</code></Copy>
      <Facts facts={[["May use", saysOf(one.limits)], ["Expires", one.expiresAt ? <Time key="e" at={one.expiresAt} /> : "never"]]} />
      <div class="actions"><a class="btn" href={closed()}>I have copied it</a></div>
    </Inspector>
  );
}

function KeyDetail({ one, again }: { one: ApiKey; again: () => unknown }) {
  const draft = useSignal(draftOf(one.limits));
  const { act, problem, busy } = useAct(again);
  const mine = one.owner === me.value?.name;
  return (
    <Inspector title={one.name} id={one.id} actions={
      <Confirm label="Delete" ask={`Delete the key ${one.name}? What has it can call nothing within 5 seconds.`} yes="Yes, delete" why={mine ? null : denied("ADMIN")} onPress={() => act("Delete", async (go) => { await call("DELETE", at("api-keys", one.id)); go(closed()); })} />}>
      <Notice>{problem.value}</Notice>
      <Facts facts={[["Owner", one.owner], ["Role", one.role.toLowerCase()], ["Scope", one.scope === "inference" ? "model calls only" : "all that its role allows"], ["Team", one.team], ["Created", <Time key="m" at={one.createdAt} />], ["Used", one.lastUsedAt ? <Time key="u" at={one.lastUsedAt} /> : "never"], ["Expires", one.expiresAt ? <Time key="e" at={one.expiresAt} /> : "never"], ["May use", saysOf(one.limits)], ["Limits set by", one.limitsSet && "an administrator"]]} />
      <p><a href={href("inference", [], { part: "usage", by: "key" })}>What keys used</a></p>
      <form class="form" id="limits-form" onSubmit={(event) => { event.preventDefault(); void act("Set limits", () => call("PUT", at("api-keys", one.id, "limits"), limitsFrom(draft.value))); }}>
        <LimitFields draft={draft.value} onChange={(change) => { draft.value = { ...draft.value, ...change }; }} />
        <div class="actions"><Button label="Set limits" type="submit" kind="primary" why={denied("ADMIN") ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}
