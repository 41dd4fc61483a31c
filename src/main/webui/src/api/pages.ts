/** Lists that no event keeps fresh, and whose items may have no id: read page by page. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { call, Refusal } from "./http";
import { onGaps } from "./live";

export interface Pages<T> {
  items: Signal<readonly T[]>;
  loaded: Signal<boolean>;
  problem: Signal<Refusal | null>;
  /** Reads the next page; null: there is none. */
  more: Signal<(() => Promise<void>) | null>;
  again: () => Promise<void>;
}

interface Page<T> { items?: T[]; nextPageToken?: string; nextBefore?: number }

/** @param path of a list, with its filters; null asks for nothing */
export function usePages<T>(path: string | null, every?: number): Pages<T> {
  const items = useSignal<readonly T[]>([]);
  const loaded = useSignal(false);
  const problem = useSignal<Refusal | null>(null);
  const more = useSignal<(() => Promise<void>) | null>(null);
  const reader = useMemo(() => {
    let asking = new AbortController();
    let further = false;
    const ask = async (rest: string) => {
      if (path === null) return;
      asking.abort();
      further = rest !== "";
      const mine = (asking = new AbortController());
      try {
        const page = await call<Page<T>>("GET", path + (rest && (path.includes("?") ? "&" : "?") + rest), undefined, mine.signal);
        items.value = rest ? [...items.value, ...(page.items ?? [])] : page.items ?? [];
        const next = page.nextPageToken ? "pageToken=" + encodeURIComponent(page.nextPageToken) : page.nextBefore !== undefined ? "before=" + page.nextBefore : "";
        more.value = next ? () => ask(next) : null;
        problem.value = null;
        loaded.value = true;
      } catch (cause) {
        if (!mine.signal.aborted) problem.value = cause instanceof Refusal ? cause : new Refusal({ detail: String(cause) }, 0);
      }
    };
    return { again: () => ask(""), readFurther: () => further, stop: () => asking.abort() };
  }, [path]);
  useEffect(() => {
    items.value = [];
    loaded.value = false;
    problem.value = null;
    more.value = null;
    const unsubscribe = onGaps(reader.again);
    // who has read further is not sent back to the first page
    const timer = every && setInterval(() => { if (!document.hidden && !reader.readFurther()) void reader.again(); }, every);
    return () => {
      unsubscribe();
      clearInterval(timer);
      reader.stop();
    };
  }, [reader]);
  return { items, loaded, problem, more, again: reader.again };
}
