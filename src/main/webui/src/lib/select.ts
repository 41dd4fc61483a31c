/** Rows of a list that are marked. Pure. */

/** The ids from one row to another, whichever stands first; without the one to begin at, the other alone. */
export function ranged(items: readonly { id: string }[], from: string | null, to: string): string[] {
  const begin = items.findIndex((item) => item.id === from);
  const end = items.findIndex((item) => item.id === to);
  if (begin < 0 || end < 0) return [to];
  return items.slice(Math.min(begin, end), Math.max(begin, end) + 1).map((item) => item.id);
}
