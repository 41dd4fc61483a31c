/** Which columns a list shows, and the views of it that somebody has saved. Pure. */
export interface Columned { head: string; /** Shown only where it is asked for. */ off?: boolean }
export interface View { name: string; query: string }

/** It names the row and opens it: a list without it would lead nowhere. */
const ALWAYS = "Name";
export const MOST_VIEWS = 20;

/**
 * @param said by the address, heads with commas between; @param kept what this browser was told last. Where a head is of an earlier
 * version, and no column has it now, the usual ones are shown: what was wanted with it is not known any more.
 */
export function shownColumns<T extends Columned>(columns: T[], said: string | undefined, kept: string[] | undefined): T[] {
  const wanted = said === undefined ? kept : said.split(",");
  const heads = new Set(columns.map((column) => column.head));
  if (!wanted || !wanted.every((head) => heads.has(head))) return columns.filter((column) => !column.off);
  return columns.filter((column) => column.head === ALWAYS || wanted.includes(column.head));
}

/** The heads with one more or one less, in the order of the columns. */
export function toggled<T extends Columned>(columns: T[], shown: T[], head: string): string[] {
  const now = new Set(shown.map((column) => column.head));
  if (!now.delete(head)) now.add(head);
  return columns.map((column) => column.head).filter((one) => now.has(one) || one === ALWAYS);
}

export const canHide = (head: string): boolean => head !== ALWAYS;

/** The same view whatever order its filters were set in. */
export function queryText(query: Record<string, string | undefined>): string {
  const set = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1])).sort(([a], [b]) => (a < b ? -1 : 1));
  return new URLSearchParams(set).toString();
}

/** One of the same name is replaced; the oldest gives way to one too many. */
export function withView(views: View[], view: View): View[] {
  return [...views.filter((one) => one.name !== view.name), view].slice(-MOST_VIEWS);
}
