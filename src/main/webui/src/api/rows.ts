/** Lists that are read by pages and kept fresh by events. */
import { signal } from "@preact/signals";
import type { Kind } from "../lib/bridge";
import { type Order, type Ordered, taken } from "../lib/order";
import { collectionOf } from "../lib/collection";
import { call, onWrites, Refusal } from "./http";
import { onGaps, onNews } from "./live";

interface Page<T> { items?: T[]; nextPageToken?: string; totalSize?: number }
export interface Row extends Ordered { version?: number; deleted?: boolean }

interface Options<T> {
  path: string;
  /** Filters that the server applies; what events bring is judged by `belongs`. */
  query?: Record<string, string | string[] | undefined>;
  kind?: Kind;
  order?: Order;
  belongs?: (item: T) => boolean;
  /** How many are read before the reader asks for more. */
  first?: number;
}

/** No list holds more: what comes later pushes the last ones out. */
const MOST = 20_000;
const PAGE = 1_000;
const REREAD_MS = 2_000;
/** Painting waits for the next frame; a page that nobody sees has none, so that this many changes are taken in without. */
const MOST_PENDING = 2_000;

export function search(query: Record<string, string | string[] | number | undefined>): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) if (one !== "") text.append(key, String(one));
  }
  const all = text.toString();
  return all ? "?" + all : "";
}

export class Rows<T extends Row> {
  readonly items = signal<readonly T[]>([]);
  readonly total = signal<number | null>(null);
  readonly loaded = signal(false);
  readonly problem = signal<Refusal | null>(null);
  readonly goesOn = signal(false);

  private next: string | undefined;
  private pending = new Map<string, T>();
  private frame = 0;
  private rereading: ReturnType<typeof setTimeout> | undefined;
  private reading: AbortController | undefined;
  private readonly stops: (() => void)[] = [];

  constructor(private readonly options: Options<T>) {}

  start(): this {
    this.stops.push(onGaps(() => this.reload(), this.options.kind));
    // what the bridge tells nothing of is read again after it was changed here
    if (!this.options.kind) this.stops.push(onWrites((collection) => { if (collection === collectionOf(this.options.path)) void this.reload(); }));
    if (this.options.kind) {
      this.stops.push(onNews(this.options.kind, (news) => {
        this.take(news.items as unknown as T[]);
        if (news.omitted > 0) this.reloadSoon();
      }));
    }
    return this;
  }

  stop(): void {
    this.stops.splice(0).forEach((stop) => stop());
    this.reading?.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rereading);
  }

  /** Reads again as many as there are, at least the first ones. */
  async reload(): Promise<void> {
    this.reading?.abort();
    const mine = (this.reading = new AbortController());
    const wanted = Math.max(this.options.first ?? PAGE, this.items.value.length);
    try {
      this.pending.clear();
      const items: T[] = [];
      let token: string | undefined;
      let total: number | undefined;
      do {
        const page = await this.page(Math.min(PAGE, wanted - items.length), token, mine.signal);
        items.push(...(page.items ?? []));
        total ??= page.totalSize;
        token = page.nextPageToken;
      } while (token && items.length < wanted);
      this.next = token;
      this.goesOn.value = token !== undefined;
      this.total.value = total ?? null;
      this.items.value = items;
      this.problem.value = null;
      this.loaded.value = true;
      this.flush();
    } catch (cause) {
      if (!mine.signal.aborted) this.problem.value = cause instanceof Refusal ? cause : new Refusal({ detail: String(cause) }, 0);
    } finally {
      if (this.reading === mine) this.reading = undefined;
    }
  }

  /** The next page, when the reader comes near the end. */
  async more(): Promise<void> {
    if (!this.next || this.reading || this.items.value.length >= MOST) return;
    const mine = (this.reading = new AbortController());
    try {
      const page = await this.page(PAGE, this.next, mine.signal);
      const known = new Set(this.items.value.map((item) => item.id));
      this.next = page.nextPageToken;
      this.goesOn.value = this.next !== undefined;
      this.items.value = [...this.items.value, ...(page.items ?? []).filter((item) => !known.has(item.id))];
    } catch (cause) {
      // a token of before a filter or a version changed is refused: from the beginning then
      if (!mine.signal.aborted && cause instanceof Refusal && cause.status === 400) this.reloadSoon();
    } finally {
      if (this.reading === mine) this.reading = undefined;
    }
  }

  /** Also for what an action answered: the reader need not wait for the event. */
  take(changes: T[]): void {
    for (const change of changes) this.pending.set(change.id, change);
    if (this.pending.size > MOST_PENDING) this.flush();
    else if (this.frame === 0 && this.pending.size > 0) this.frame = requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.pending.size === 0 || !this.loaded.value) return;
    const before = this.items.value;
    const now = taken(before, this.pending.values(), this.options.order ?? "newest", this.options.belongs ?? (() => true), this.goesOn.value);
    this.pending = new Map();
    if (this.total.value !== null) this.total.value += now.length - before.length;
    this.items.value = now.length > MOST ? now.slice(0, MOST) : now;
  }

  private reloadSoon(): void {
    this.rereading ??= setTimeout(() => {
      this.rereading = undefined;
      void this.reload();
    }, REREAD_MS);
  }

  private page(pageSize: number, pageToken: string | undefined, signal: AbortSignal): Promise<Page<T>> {
    return call<Page<T>>("GET", this.options.path + search({ ...this.options.query, pageSize, pageToken }), undefined, signal);
  }
}
