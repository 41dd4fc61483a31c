/** What the page registers at the event bridge, and whether it has missed something. docs/events.md has the form. */

export type Kind = "nodes" | "deployments" | "executions" | "jobs";

/** The kinds of each page that this page shows; a smaller one comes before one that has all of its kinds. */
const PAGES: [string, Kind[]][] = [
  ["deployments", ["nodes", "deployments"]],
  ["executions", ["nodes", "deployments", "executions"]],
  ["jobs", ["nodes", "deployments", "jobs"]],
  ["overview", ["nodes", "deployments", "executions", "jobs"]],
];

/** The address that has all of these kinds and the fewest others; null where there are none. */
export function addressFor(kinds: ReadonlySet<Kind>): string | null {
  if (kinds.size === 0) return null;
  const page = PAGES.find(([, has]) => [...kinds].every((kind) => has.includes(kind)));
  return "aiwm.page." + page![0];
}

/** Where several messages were put together, `from` is the revision of the first of them. */
export interface Numbered { epoch?: string; revision?: number; from?: number; missed?: boolean }

/** Whether something was lost between two messages of one address, or is not told by the newer one. @param last null: it is the first */
export function missed(last: Numbered | null, now: Numbered): boolean {
  if (now.missed) return true;
  return last !== null && (last.epoch !== now.epoch || (now.from ?? now.revision) !== last.revision! + 1);
}
