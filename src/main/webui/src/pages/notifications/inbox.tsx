import { useEffect } from "preact/hooks";
import { markAllRead, markRead, readUnread, unread } from "../../api/inbox";
import { usePages } from "../../api/pages";
import type { Notification } from "../../api/types.gen";
import { linkOf } from "../../lib/events";
import { grouped } from "../../lib/format";
import { href, place, setQuery } from "../../lib/route";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";

const EVERY_MS = 5_000;

/** What a rule had told to everybody here; each reader has read marks of their own. */
export function Inbox() {
  const only = place.value.query.unread === "yes";
  const path = `/api/notifications?pageSize=100${only ? "&unread=true" : ""}`;
  const all = usePages<Notification>(path, EVERY_MS);
  const { act, problem } = useAct(all.again);
  useCommands([{ path }]);
  const items = all.items.value;
  // what is in sight and what is counted are of one time
  useEffect(() => void readUnread(), [items]);
  const newest = items[0]?.revision;
  return (
    <>
      <div class="tools">
        <div class="chips" role="group" aria-label="Which">
          <button type="button" class="chip" aria-pressed={!only} onClick={() => setQuery({ unread: undefined })}>All</button>
          <button type="button" class="chip" aria-pressed={only} onClick={() => setQuery({ unread: "yes" })}>Unread {unread() !== undefined && <span class="mono">{grouped(unread())}</span>}</button>
        </div>
        <Button label="Mark all as read" why={newest === undefined || !unread() ? "All are read" : null} onPress={() => act("Mark all as read", () => markAllRead(newest!))} />
      </div>
      <Notice>{problem.value || all.problem.value?.message}</Notice>
      {all.loaded.value && items.length === 0 && <Empty title={only ? "All are read" : "No notifications"}><p>Warnings and errors come here, unless a <a href={href("notifications", ["rules"])}>rule</a> says otherwise.</p></Empty>}
      <ul class="rows inbox">{items.map((one) => <One key={one.revision} one={one} act={act} />)}</ul>
      {all.more.value && <Button label="More" onPress={all.more.value} />}
    </>
  );
}

type Act = ReturnType<typeof useAct>["act"];

function One({ one, act }: { one: Notification; act: Act }) {
  const to = linkOf(one.kind, one.resourceId) ?? href("events", [], { type: one.type });
  return (
    <li class={"split" + (one.read ? "" : " unread")}>
      <a href={to} onClick={() => { if (!one.read) void markRead(one.revision!); }}>
        <Status of={one.severity} /><span class="text">{one.title}{(one.count ?? 1) > 1 ? ` ×${grouped(one.count)}` : ""}</span><span class="muted"><Time at={one.at} /></span>
        {one.text && one.text !== one.title && <small class="muted">{one.text}</small>}
      </a>
      {one.read ? <span class="muted small">read</span> : <Button label="Mark as read" onPress={() => act("Mark as read", () => markRead(one.revision!))} />}
    </li>
  );
}
