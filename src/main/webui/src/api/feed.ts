/** The log of events, newest first: pages of the past, and a stream of what comes. */
import { signal } from "@preact/signals";
import { call, follow, Refusal } from "./http";
import { onGaps } from "./live";
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
const GONE = 410;
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
  private last = 0;
  private asking = false;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  private arrived: ClusterEvent[] = [];
  private unsubscribe = () => {};

  /** @param atTop whether news may be shown at once, because the reader is at the top */
  constructor(private readonly filter: EventFilter, private readonly atTop: () => boolean) {}

  start(): this {
    this.unsubscribe = onGaps(async () => {
      if (this.loaded.value) void this.listen(this.begin());
      else await this.reload();
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
    const mine = this.begin();
    try {
      const page = await this.page(undefined, mine);
      this.next = page.nextPageToken;
      this.goesOn.value = this.next !== undefined;
      this.items.value = page.items;
      this.fresh.value = [];
      this.arrived = [];
      this.overflow.value = false;
      this.problem.value = null;
      this.loaded.value = true;
      this.last = page.revision;
      void this.listen(mine);
    } catch (cause) {
      this.failed(cause, mine, () => void this.reload());
    }
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

  private begin(): AbortSignal {
    this.reading.abort();
    clearTimeout(this.waiting);
    this.reading = new AbortController();
    return this.reading.signal;
  }

  /** Goes on after the last one that is known: what came in between is not missed, and who reads is not moved. */
  private async listen(mine: AbortSignal): Promise<void> {
    let rest = "";
    try {
      await follow(PATH + search({ ...this.filter, after: this.last }), mine, (text) => {
        this.problem.value = null;
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) if (line) this.heard(JSON.parse(line));
      }, LINES);
      throw new Refusal({}, 0);
    } catch (cause) {
      this.failed(cause, mine, () => void this.listen(this.begin()));
    }
  }

  private failed(cause: unknown, mine: AbortSignal, again: () => void): void {
    if (mine.aborted) return;
    const refusal = cause instanceof Refusal ? cause : new Refusal({ detail: String(cause) }, 0);
    // kept no more: the list itself is read again
    if (refusal.status === GONE) {
      void this.reload();
      return;
    }
    // that a stream ended is told by the pill, and by what cannot be begun again
    if (refusal.status !== 0) this.problem.value = refusal;
    // after another sign-in there is another epoch
    if (refusal.status !== 401) this.waiting = setTimeout(again, AGAIN_MS);
  }

  private heard(line: ClusterEvent & { problem?: { status?: number } }): void {
    if (line.problem) throw new Refusal(line.problem, line.problem.status ?? GONE);
    this.last = line.revision;
    // a sign of life: so far the log was looked through
    if (!line.type) return;
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
