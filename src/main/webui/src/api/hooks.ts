/** What components read: one record, a list, an answer that is asked for again and again. */
import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { collectionOf } from "../lib/collection";
import { call, onWrites, Refusal } from "./http";
import type { Kind } from "../lib/bridge";
import { connected, onGaps, onNews } from "./live";
import { type Row, Rows } from "./rows";

export interface Read<T> {
  value: Signal<T | null>;
  problem: Signal<Refusal | null>;
  again: () => void;
}

interface Ways<T> {
  /** Reads again every so many milliseconds while somebody looks. */
  every?: number;
  /** Events of this kind about this record are taken in at once; the whole is read a moment later. */
  kind?: Kind;
  id?: string;
  merge?: (old: T, news: any) => T;
}

const SETTLE_MS = 700;

/** The answer of a GET; null until it is there. A path of null asks for nothing. */
export function useRead<T>(path: string | null, ways: Ways<T> = {}): Read<T> {
  const value = useSignal<T | null>(null);
  const problem = useSignal<Refusal | null>(null);
  const read = useMemo(() => reader<T>(path, value, problem), [path]);
  useEffect(() => {
    value.value = null;
    problem.value = null;
    const stops = [onGaps(read.now, ways.kind)];
    if (path !== null && !ways.kind) stops.push(onWrites((collection) => { if (collection === collectionOf(path)) read.soon(); }));
    if (ways.every) {
      const timer = setInterval(() => { if (!document.hidden && connected.value) void read.now(); }, ways.every);
      stops.push(() => clearInterval(timer));
    }
    if (ways.kind) {
      stops.push(onNews(ways.kind, (news) => {
        const mine = news.items.find((item) => item.id === ways.id);
        if (!mine) return;
        if (mine.deleted) problem.value = new Refusal({ detail: "It is gone: it was deleted" }, 404);
        else if (value.value && ways.merge) value.value = ways.merge(value.value, mine);
        read.soon();
      }));
    }
    return () => {
      stops.forEach((stop) => stop());
      read.stop();
    };
  }, [path, ways.every, ways.kind]);
  return { value, problem, again: read.now };
}

function reader<T>(path: string | null, value: Signal<T | null>, problem: Signal<Refusal | null>) {
  let asking: AbortController | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  const now = async () => {
    if (path === null) return;
    asking?.abort();
    const mine = (asking = new AbortController());
    try {
      const answer = await call<T>("GET", path, undefined, mine.signal);
      value.value = answer;
      problem.value = null;
    } catch (cause) {
      if (!mine.signal.aborted) problem.value = cause instanceof Refusal ? cause : new Refusal({ detail: String(cause) }, 0);
    }
  };
  return {
    now,
    soon: () => {
      settling ??= setTimeout(() => {
        settling = undefined;
        void now();
      }, SETTLE_MS);
    },
    stop: () => {
      asking?.abort();
      clearTimeout(settling);
    },
  };
}

/** A list of its own for as long as the component is there; another `key` is another list. */
export function useRows<T extends Row>(key: string, make: () => Rows<T>): Rows<T> {
  const rows = useMemo(make, [key]);
  useEffect(() => {
    rows.start();
    return () => rows.stop();
  }, [rows]);
  return rows;
}

/** The one of a list with this id. */
export function useOne<T extends Row>(rows: Rows<T>, id: string | undefined): Signal<T | undefined> {
  const wanted = useSignal(id);
  wanted.value = id;
  return useComputed(() => rows.items.value.find((item) => item.id === wanted.value));
}
