/** What can be done to many jobs at once, and to how many of them. Pure. */
export type BulkAction = "cancel" | "retry" | "delete" | "prioritise";

const OPEN = ["PENDING", "QUEUED", "ASSIGNED", "RUNNING"];
const WAITING = ["PENDING", "QUEUED"];
const FAILED = ["FAILED", "TIMEOUT", "CANCELLED"];

/** @param array whether it is one: its tasks that are still to come wait although it runs */
export function takes(action: BulkAction, status: string | undefined, array = false): boolean {
  if (action === "cancel") return OPEN.includes(status ?? "");
  if (action === "prioritise" && array) return OPEN.includes(status ?? "");
  if (action === "prioritise") return WAITING.includes(status ?? "");
  return action === "retry" ? FAILED.includes(status ?? "") : !OPEN.includes(status ?? "");
}

/** How many of what a filter finds the action is for. @param status of the filter; absent: any */
export function countFor(action: BulkAction, counts: Record<string, number>, status?: string): number {
  return Object.entries(counts).reduce((sum, [state, count]) => sum + (takes(action, state) && (!status || state === status) ? count : 0), 0);
}

export interface BulkAnswer { results?: { id: string; done: boolean; error?: string }[]; remaining?: number }
export interface BulkEnd { done: number; refused: string[] }

/**
 * Asks again and again until all are done, never for more than there were: a job that fails anew is not taken twice.
 * Stops where nothing is left, and when told to.
 */
export async function untilDone(most: number, ask: () => Promise<BulkAnswer>, told: (done: number) => void, stopped: () => boolean): Promise<BulkEnd> {
  const end: BulkEnd = { done: 0, refused: [] };
  while (end.done + end.refused.length < most && !stopped()) {
    const results = (await ask()).results ?? [];
    if (results.length === 0) break;
    for (const one of results) {
      if (one.done) end.done++;
      else end.refused.push(one.error ?? one.id);
    }
    told(end.done + end.refused.length);
  }
  return end;
}
