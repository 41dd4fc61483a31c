/** Where the reader is: `#/nodes/gpu-1?status=DRAINING`. All of what is looked at stands in the address. */
import { computed, signal } from "@preact/signals";

export interface Place {
  page: string;
  /** What follows: the id of a record, then of a part of it. */
  rest: string[];
  query: Record<string, string>;
}

export function parse(hash: string): Place {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const decoded = path.split("/").filter(Boolean).map(safely);
  return { page: decoded[0] ?? "overview", rest: decoded.slice(1), query: Object.fromEntries(new URLSearchParams(query)) };
}

/** Text that is no valid escape stays as it is: an address that was typed must not break the page. */
function safely(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(page: string, rest: string[] = [], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return "#/" + [page, ...rest].map(encodeURIComponent).join("/") + (text ? "?" + text : "");
}

export const place = signal<Place>(parse(typeof location === "undefined" ? "" : location.hash));
export const page = computed(() => place.value.page);

export function go(to: string): void {
  location.hash = to.slice(1);
}

/** A way on from here for when something is done. It leads nowhere once the reader has gone elsewhere. */
export function onward(): (to: string) => void {
  const from = pathOf(location.hash);
  return (to) => { if (pathOf(location.hash) === from) go(to); };
}

const pathOf = (hash: string): string => hash.split("?", 1)[0];

/** Changes what is asked for without a step in the history: filters are not places to come back to. */
export function setQuery(change: Record<string, string | undefined>): void {
  const { page: at, rest, query } = place.value;
  history.replaceState(null, "", href(at, rest, { ...query, ...change }));
  place.value = parse(location.hash);
}

/** The list again, with its filters. */
export const closed = (): string => href(place.value.page, [], place.value.query);

/** The same list with a record open. */
export const opened = (id: string, ...more: string[]): string => href(place.value.page, [id, ...more], place.value.query);

export function startRouter(): void {
  addEventListener("hashchange", () => { place.value = parse(location.hash); });
}
