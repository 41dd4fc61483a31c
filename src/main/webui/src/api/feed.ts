/** The log of events, newest first: pages of the past, and a stream of what comes. */
import { signal } from "@preact/signals";
import { call, follow, Refusal } from "./http";
import { epoch } from "./live";
import { search } from "./rows";
import type { ClusterEvent } from "./types.gen";

interface Page { items: ClusterEvent[]; revision: number; nextPageToken?: string }
export type EventFilter = Record<string, string | string[] | undefined>;

const PATH = "/api/events";
const PAGE = 200;
/** No feed holds more: what comes later pushes the oldest out. */
const MOST = 5_000;
const MOST_FRESH = 1_000;
const AGAIN_MS = 3_000;
const LINES = "application/x-ndjson";

export class Feed {
  readonly items = signal<readonly ClusterEvent[]>([]);
  /** What came since, and is not shown yet. Newest first. */
  readonly fresh = signal<readonly ClusterEvent[]>([]);
  /** More came than are kept: they are read again when they are wanted. */
  readonly overflow = signal(false);
  readonly loaded = signal(false);
  readonly goesOn = signal(false);
  readonly problem = signal<Refusal | null>(null);

  private next: string | undefined;
  private reading = new AbortController();
  private asking = false;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  private arrived: ClusterEvent[] = [];
  private unsubscribe = () => {};

  /** @param atTop whether news may be shown at once, because the reader is at the top */
  constructor(private readonly filter: EventFilter, private readonly atTop: () => boolean) {}

  start(): this {
    let seen = -1;
    this.unsubscribe = epoch.subscribe((now) => {
      if (now !== seen) void this.reload();
      seen = now;
    });
    return this;
  }

  stop(): void {
    this.unsubscribe();
    this.reading.abort();
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.frame);
  }

  async reload(): Promise<void> {
    this.reading.abort();
    clearTimeout(this.waiting);
    const mine = (this.reading = new AbortController());
    try {
      const page = await this.page(undefined, mine.signal);
      this.next = page.nextPageToken;
      this.goesOn.value = this.next !== undefined;
      this.items.value = page.items;
      this.fresh.value = [];
      this.arrived = [];
      this.overflow.value = false;
      this.problem.value = null;
      this.loaded.value = true;
      await this.listen(page.revision, mine.signal);
    } catch (cause) {
      if (mine.signal.aborted) return;
      this.problem.value = cause instanceof Refusal ? cause : new Refusal({ detail: String(cause) }, 0);
    }
    // the stream ended: with the token, with the controller, or because it fell behind
    if (!mine.signal.aborted) this.waiting = setTimeout(() => void this.reload(), AGAIN_MS);
  }

  /** Older ones, when the reader comes near the end. */
  async more(): Promise<void> {
    if (!this.next || this.asking || this.items.value.length >= MOST) return;
    this.asking = true;
    const mine = this.reading.signal;
    try {
      const page = await this.page(this.next, mine);
      if (mine.aborted) return;
      this.next = page.nextPageToken;
      this.goesOn.value = this.next !== undefined;
      this.items.value = [...this.items.value, ...page.items];
    } catch {
      // the end of the list stays where it is; the next look at it asks again
    } finally {
      this.asking = false;
    }
  }

  /** Shows what came. */
  take(): void {
    if (this.overflow.value) {
      void this.reload();
      return;
    }
    this.items.value = [...this.fresh.value, ...this.items.value].slice(0, MOST);
    this.fresh.value = [];
  }

  private async listen(after: number, until: AbortSignal): Promise<void> {
    let rest = "";
    await follow(PATH + search({ ...this.filter, after }), until, (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) if (line) this.heard(JSON.parse(line));
    }, LINES);
  }

  private heard(line: ClusterEvent & { problem?: unknown }): void {
    if (line.problem) return;
    this.arrived.unshift(line);
    // one painting for all that come within a frame
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.flush());
    if (this.arrived.length > MOST_FRESH) this.flush();
  }

  private flush(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const all = [...this.arrived, ...this.fresh.value];
    this.arrived = [];
    this.fresh.value = all.slice(0, MOST_FRESH);
    if (all.length > MOST_FRESH) this.overflow.value = true;
    else if (this.atTop()) this.take();
  }

  private page(pageToken: string | undefined, until: AbortSignal): Promise<Page> {
    return call<Page>("GET", PATH + search({ ...this.filter, pageSize: PAGE, pageToken }), undefined, until);
  }
}

const EXPORT_PAGE = 1_000;
export const MOST_EXPORTED = 50_000;

/** The log with these filters as lines of JSON, the oldest first. */
export async function exported(filter: EventFilter): Promise<Blob> {
  const all: ClusterEvent[] = [];
  let pageToken: string | undefined;
  do {
    const page = await call<Page>("GET", PATH + search({ ...filter, pageSize: EXPORT_PAGE, pageToken }));
    all.push(...page.items);
    pageToken = page.nextPageToken;
  } while (pageToken && all.length < MOST_EXPORTED);
  return new Blob(all.reverse().map((event) => JSON.stringify(event) + "\n"), { type: LINES });
}
