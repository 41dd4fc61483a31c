import { place, setQuery } from "../lib/route";
import type { Column } from "./column";

export interface Sort<T> {
  by?: string;
  direction?: "ascending" | "descending";
  toggle: (head: string) => void;
  apply: (items: readonly T[]) => readonly T[];
}

/** What a list is sorted by stands in the address: `sort=Memory` or `sort=-Memory`. */
export function useSort<T>(columns: Column<T>[]): Sort<T> {
  const text = place.value.query.sort ?? "";
  const head = text.replace(/^-/, "");
  const by = columns.find((column) => column.head === head)?.by;
  const down = text.startsWith("-");
  return {
    by: by && head,
    direction: by && (down ? "descending" : "ascending"),
    toggle: (next) => setQuery({ sort: head !== next ? next : down ? undefined : "-" + next }),
    apply: (items) => {
      if (!by) return items;
      const keyed = items.map((item) => [by(item), item] as const);
      keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      if (down) keyed.reverse();
      return keyed.map(([, item]) => item);
    },
  };
}
