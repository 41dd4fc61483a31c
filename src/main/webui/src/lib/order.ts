/** Keeps a list in the order that the API has it: newest first by the time of creation, then by id; or by id alone. */
export interface Ordered { id: string; createdAt?: string }
export type Order = "newest" | "id";

/** As far as lists look: 2026-11-21T00:00:00.123456, without the letter of the zone, which would be more than any digit. */
const MICROS = 26;
const made = (item: Ordered) => (item.createdAt ?? "").replace("Z", "").slice(0, MICROS);

export function before(one: Ordered, other: Ordered, order: Order): boolean {
  if (order === "id") return one.id < other.id;
  const a = made(one);
  const b = made(other);
  return a === b ? one.id > other.id : a > b;
}

/** Where the item belongs in a list that is in order. */
export function placeOf(list: readonly Ordered[], item: Ordered, order: Order): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(list[middle], item, order)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The list with changes taken in: each by id, the newest version of it; those that do not belong are left out. One that would
 * stand behind the last of a list that goes on elsewhere is left out too: it comes with its page.
 */
export function taken<T extends Ordered & { version?: number; deleted?: boolean }>(
  list: readonly T[], changes: Iterable<T>, order: Order, belongs: (item: T) => boolean, goesOn: boolean,
): T[] {
  const news = new Map<string, T>();
  for (const change of changes) news.set(change.id, change);
  const result: T[] = [];
  for (const item of list) {
    const change = news.get(item.id);
    if (!change) { result.push(item); continue; }
    news.delete(item.id);
    if (change.deleted) continue;
    const next = (change.version ?? 0) < (item.version ?? 0) ? item : change;
    if (belongs(next)) result.push(next);
  }
  for (const item of news.values()) {
    if (item.deleted || !belongs(item)) continue;
    const where = placeOf(result, item, order);
    if (where < result.length || !goesOn) result.splice(where, 0, item);
  }
  return result;
}
