/** Events of the log as they are read: which record one is about, and repeats as one. Pure. */
import type { ClusterEvent } from "../api/types.gen";
import { plural } from "./format";
import { href } from "./route";

const PAGES: Record<string, string> = { node: "nodes", deployment: "deployments", execution: "executions", job: "jobs", model: "models", agent: "agents" };

/** Where the record is shown; undefined: no page shows it. */
export function linkOf(kind: string | undefined, id: string | undefined): string | undefined {
  if (kind === "audit") return href("settings", ["audit"]);
  const page = PAGES[kind ?? ""];
  return page && id ? href(page, [id]) : undefined;
}

/** Entries of the audit log have numbers for ids. */
export const nameOf = (event: ClusterEvent): string => event.name ?? (event.kind === "audit" && event.resourceId ? "entry " + Number(event.resourceId) : event.resourceId ?? "");

/** What happened, in words. */
export const sayOf = (event: ClusterEvent): string => [event.text ?? "", event.reasonCode && event.reasonCode !== event.text ? `(${event.reasonCode})` : ""].filter(Boolean).join(" ");

export interface EventGroup {
  /** Of the oldest member: it stays when a newer one comes. */
  id: string;
  /** Newest first. */
  events: ClusterEvent[];
  /** How many changes it stands for; folded events count for several. */
  count: number;
}

export const GROUP_MS = 300_000;

/** What work tells of itself all the time: its events mix, and stand in the records of the work. */
const ROUTINE = /^(execution|step|job|audit)\./;

/**
 * Events of one type that follow each other within five minutes are one row; of routine events also those with others between
 * them. @param events newest first
 */
export function grouped(events: readonly ClusterEvent[], together: boolean): EventGroup[] {
  const groups: EventGroup[] = [];
  const open = new Map<string, EventGroup>();
  for (const event of events) {
    const key = event.type + " " + event.severity;
    const group = open.get(key);
    const follows = group === groups.at(-1) || (event.severity === "info" && ROUTINE.test(event.type));
    if (together && group && follows && Date.parse(group.events[0].at) - Date.parse(event.at) <= GROUP_MS) {
      group.events.push(event);
      group.count += event.count ?? 1;
      group.id = String(event.revision);
    } else {
      groups.push({ id: String(event.revision), events: [event], count: event.count ?? 1 });
      open.set(key, groups.at(-1)!);
    }
  }
  return groups;
}

/** The newest of each record, with how many others it stands for; one that warns is not behind one that does not. @param events newest first */
export function perRecord(events: readonly ClusterEvent[], most: number): EventGroup[] {
  const groups = new Map<string, EventGroup>();
  for (const event of events) {
    const key = `${event.kind} ${event.resourceId ?? event.revision} ${event.severity}`;
    const group = groups.get(key) ?? { id: String(event.revision), events: [], count: 0 };
    groups.set(key, group);
    group.events.push(event);
    group.count += event.count ?? 1;
  }
  return [...groups.values()].slice(0, most);
}

const MOST_NAMES = 3;

/** "gpu-1, gpu-2, gpu-3 and 34 more" */
export function namesOf(group: EventGroup): string {
  const names = [...new Set(group.events.map(nameOf).filter(Boolean))];
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** "×37 in 5 min"; empty for one. */
export function repeats(group: EventGroup): string {
  if (group.count === 1) return "";
  const spread = Date.parse(group.events[0].at) - Date.parse(group.events.at(-1)!.at);
  return `×${group.count} in ${spread < 60_000 ? plural(Math.max(1, Math.round(spread / 1000)), "s", "s") : Math.round(spread / 60_000) + " min"}`;
}
