/** What a list can be narrowed by, besides its text and its state: pool, zone, label, tag. What is chosen stands in the address. Pure. */
export interface Facet<T> {
  /** In the address. */
  param: string;
  title: string;
  /** What an item has of it; several where it is a tag. */
  of: (item: T) => readonly (string | undefined)[];
  /** How a value is written where that is not as it is. */
  word?: (value: string) => string;
}

type Chosen = Record<string, string | undefined>;

/** No more values of one are offered: the text of the list finds the others. */
export const MOST_VALUES = 40;
const MOST_LABELS = 12;

/** @param except one that is not asked: how many its other values would give is what its own choice must not hide */
export function fits<T>(facets: readonly Facet<T>[], chosen: Chosen, item: T, except?: Facet<T>): boolean {
  return facets.every((facet) => facet === except || !chosen[facet.param] || facet.of(item).includes(chosen[facet.param]));
}

/** The values of one with how many items each would leave, most first; the chosen one is among them. */
export function valuesOf<T>(facets: readonly Facet<T>[], facet: Facet<T>, items: readonly T[], chosen: Chosen): [string, number][] {
  const counts = new Map<string, number>();
  const own = chosen[facet.param];
  if (own) counts.set(own, 0);
  for (const item of items) {
    if (!fits(facets, chosen, item, facet)) continue;
    for (const value of new Set(facet.of(item))) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const all = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const first = all.slice(0, MOST_VALUES);
  const kept = all.find(([value]) => value === own);
  return kept && !first.includes(kept) ? [...first.slice(0, -1), kept] : first;
}

interface Labelled { labels?: Record<string, unknown> }

/** Each label that several items share is one; what every item has a value of its own for, as a host name, is none. */
export function labelFacets<T extends Labelled>(items: readonly T[], chosen: Chosen): Facet<T>[] {
  const seen = new Map<string, Map<string, number>>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item.labels ?? {})) {
      const values = seen.get(name) ?? new Map<string, number>();
      values.set(String(value), (values.get(String(value)) ?? 0) + 1);
      seen.set(name, values);
    }
  }
  const shared = [...seen].filter(([name, values]) => chosen[paramOf(name)] || [...values.values()].some((count) => count > 1)).map(([name]) => name);
  const asked = Object.keys(chosen).filter((key) => key.startsWith(LABEL) && chosen[key]).map((key) => key.slice(LABEL.length));
  return [...new Set([...asked, ...shared.sort()])].slice(0, MOST_LABELS)
    .map((name) => ({ param: paramOf(name), title: name, of: (item) => [item.labels?.[name] === undefined ? undefined : String(item.labels[name])] }));
}

const LABEL = "label.";
const paramOf = (name: string): string => LABEL + name;
