import { useEffect, useMemo } from "preact/hooks";
import { exported, Feed } from "../../api/feed";
import { search } from "../../api/rows";
import { type EventGroup, grouped, namesOf, nameOf, repeats, sayOf } from "../../lib/events";
import { grouped as number, plural } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { save } from "../../lib/save";
import { lookOf } from "../../lib/status";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Check } from "../../ui/field";
import { Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { EventDetail } from "./event-detail";

const KINDS = ["node", "deployment", "execution", "job", "model", "agent", "instruction", "tool", "conversation", "approval", "audit"];
const SEVERITIES: [string, string][] = [["", "any"], ["warning", "warnings and errors"], ["error", "errors"]];

const newest = (group: EventGroup) => group.events[0];

const COLUMNS: Column<EventGroup>[] = [
  { head: "Severity", cell: (group) => <Status of={newest(group).severity} />, kind: "status" },
  { head: "Time", cell: (group) => <Time at={newest(group).at} />, kind: "num" },
  { head: "Event", cell: (group) => <Open id={group.id}>{newest(group).type}</Open>, kind: "grow" },
  { head: "Resource", cell: namesOf, kind: "mono grow" },
  { head: "Repeats", cell: repeats, kind: "num wide" },
  { head: "Details", cell: (group) => sayOf(newest(group)), kind: "wide muted grow" },
  { head: "By", cell: (group) => newest(group).actor ?? "—", kind: "wide" },
];

function Card({ group }: { group: EventGroup }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={group.id}>{newest(group).type}</Open><Status of={newest(group).severity} /></span>
      <span class="line-2 muted"><Time at={newest(group).at} />{group.events.length > 1 && <span class="num">{repeats(group)}</span>}<span>{namesOf(group)} {sayOf(newest(group))}</span></span></span>
  );
}

/** The list's own box scrolls; who reads further down is not moved. */
const listTop = () => document.querySelector(".list");
const atTop = () => place.value.rest.length === 0 && (listTop()?.scrollTop ?? 0) < 20;

export function Events() {
  const { rest, query } = place.value;
  const filter = { type: query.type?.split(",").map((one) => one.trim()).filter(Boolean), kind: query.kind, severity: query.severity, resource: query.resource };
  const key = search(filter);
  const feed = useMemo(() => new Feed(filter, atTop), [key]);
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  useCommands([{ path: "/api/events" + key, cli: "aiwm events --follow" }]);
  const { act, problem, busy } = useAct();
  const together = query.group !== "no";
  const items = feed.items.value;
  const groups = useMemo(() => grouped(items, together), [items, together]);
  const open = rest[0] && groups.find((group) => group.id === rest[0] || group.events.some((event) => String(event.revision) === rest[0]));
  const filtered = key !== "";
  const fresh = feed.fresh.value.length;
  const show = () => {
    feed.take();
    listTop()?.scrollTo({ top: 0 });
  };
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head"><h1 tabIndex={-1}>Events</h1>
          <p class="muted">{plural(items.length, "event")}{feed.goesOn.value ? " read, newest first" : ""}</p>
          <Button label="Export" why={busy.value ? "In progress" : null} hint="as lines of JSON, 50,000 at most" onPress={() => act("Export", async () => save(await exported(filter), "events.ndjson"))} />
        </div>
        <Notice>{problem.value || feed.problem.value?.message}</Notice>
        <div class="tools">
          <label class="inline">Severity <select name="severity" value={query.severity ?? ""} onChange={(event) => setQuery({ severity: event.currentTarget.value || undefined })}>{SEVERITIES.map(([value, text]) => <option key={value} value={value}>{text}</option>)}</select></label>
          <label class="inline">Kind <select name="kind" value={query.kind ?? ""} onChange={(event) => setQuery({ kind: event.currentTarget.value || undefined })}><option value="">any</option>{KINDS.map((kind) => <option key={kind} value={kind}>{kind}</option>)}</select></label>
          <Check label="Group repeats" name="group" checked={together} onChange={(checked) => setQuery({ group: checked ? undefined : "no" })} />
          <Filter label="Type, such as worker.*" param="type" />
          <Filter label="Id of a record" param="resource" />
        </div>
        {fresh > 0 && <button type="button" class="news" onClick={show}>{feed.overflow.value ? "more than " : ""}{number(fresh)} new ↑</button>}
        {feed.loaded.value && items.length === 0
          ? filtered ? <Empty title="No event fits"><p>Another filter may find some. What comes and fits appears here by itself.</p></Empty>
            : <Empty title="Nothing has happened yet"><p>Every change of a node, a deployment, an execution, a job, a model or an agent is told here.</p><p>From a terminal: <code>aiwm events --follow</code></p></Empty>
          : <List name="Events" items={groups} columns={COLUMNS} card={(group) => <Card group={group} />} label={(group) => `${newest(group).type} ${nameOf(newest(group))} ${lookOf(newest(group).severity).word}`} onEnd={() => void feed.more()} />}
      </main>
      {rest[0] && <EventDetail id={rest[0]} group={open || undefined} />}
    </div>
  );
}
