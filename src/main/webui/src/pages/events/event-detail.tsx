import type { ClusterEvent } from "../../api/types.gen";
import { type EventGroup, linkOf, nameOf, repeats, sayOf } from "../../lib/events";
import { grouped } from "../../lib/format";
import { href } from "../../lib/route";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Inspector } from "../../ui/inspector";

const MOST = 200;

function Subject({ event }: { event: ClusterEvent }) {
  const to = linkOf(event.kind, event.resourceId);
  const name = nameOf(event);
  return to ? <a class="mono" href={to}>{name || event.kind}</a> : <span class="mono">{name}</span>;
}

/** One event whole, and those that it stands for. */
export function EventDetail({ id, group }: { id: string; group?: EventGroup }) {
  if (!group) return <Inspector title={"Event " + id}><Notice tone="warn">It is not among the events that were read. Scroll further, or take filters away.</Notice></Inspector>;
  const event = group.events.find((one) => String(one.revision) === id && group.events.length === 1) ?? group.events[0];
  return (
    <Inspector title={event.type} status={<Status of={event.severity} detail={repeats(group) || undefined} />}>
      {sayOf(event) && <p class="explain">{sayOf(event)}</p>}
      <Facts facts={[
        ["About", event.resourceId && <Subject event={event} />], ["Kind", event.kind], ["Time", <Time key="at" at={event.at} />], ["By", event.actor],
        ["Node", event.nodeId && event.nodeId !== event.resourceId && <a href={href("nodes", [event.nodeId])}>{event.nodeId}</a>],
        ["Replica", event.replica], ["Step", event.step], ["Reason", event.reasonCode], ["Whose", event.owner],
        ["Stands for", (event.count ?? 1) > 1 && `${grouped(event.count)} events, which were folded in a busy time`],
        ["Revision", event.revision], ["Id", event.id],
      ]} />
      {event.resourceId && <p><a href={href("events", [], { resource: event.resourceId })}>All that happened to {nameOf(event)}</a></p>}
      {group.events.length > 1 && <>
        <h3>{grouped(group.events.length)} like it</h3>
        <ol class="events">{group.events.slice(0, MOST).map((one) => <li key={one.revision}><span class="muted"><Time at={one.at} /></span><span><Subject event={one} /> {sayOf(one)}{one.actor && one.actor !== "system" ? <span class="muted"> · {one.actor}</span> : ""}</span></li>)}</ol>
        {group.events.length > MOST && <p class="muted">The first {MOST} of {grouped(group.events.length)}.</p>}
      </>}
    </Inspector>
  );
}
