/** Hears changes over the event bridge. Says how old what is on screen is, and has everything read again after a gap. */
import { computed, signal } from "@preact/signals";
import { Addresses } from "../lib/addresses";
import { addressFor, type Kind, type Numbered } from "../lib/bridge";
import { call, expired, signedIn } from "./http";
import type { Ticket } from "./types.gen";

export interface Changed { id: string; deleted?: boolean; version?: number; [field: string]: any }
export interface News { items: Changed[]; omitted: number }
interface Told extends Numbered { deltas?: Partial<Record<Kind, News>> }

const PING_MS = 2_000;
const DEAD_MS = 10_000;
const STALE_MS = 6_000;
const LONGEST_WAIT_MS = 15_000;
/** After a message was missed all is read again, and not more often than this. */
const REREAD_MS = 2_000;

export const connected = signal(false);
/** Counts connections: who sees another number reads again what it shows. */
export const epoch = signal(0);
/** Ticks twice a second, for what says how old it is. */
export const tick = signal(Date.now());
const heardAt = signal(0);
/** How many reads that began with this connection have not ended. Until then what is on screen is as old as it was before. */
const behind = signal(0);

export const dataAge = computed(() => Math.max(0, tick.value - heardAt.value));
export type Freshness = "connecting" | "live" | "stale" | "lost" | "behind";
export const freshness = computed<Freshness>(() => {
  if (heardAt.value === 0) return "connecting";
  if (!connected.value) return "lost";
  if (behind.value > 0) return "behind";
  return dataAge.value < STALE_MS ? "live" : "stale";
});

/**
 * Reads now, and again after each gap in the connection or in what it tells, until the returned function is called. The page is called
 * live again only when all that was read because of a gap is there.
 *
 * @param kind what the reader hears of: it is registered first and read second, so that what changes in between is heard
 */
export function onGaps(read: () => Promise<unknown>, kind?: Kind): () => void {
  let seen = -1;
  let over = false;
  const stop = epoch.subscribe((now) => {
    if (now === seen) return;
    // what is read for the first time shows nothing old meanwhile
    if (seen !== -1) void catchUp(read());
    else if (kind) void registered().then(() => { if (!over) void read(); });
    else void read();
    seen = now;
  });
  return () => {
    over = true;
    stop();
  };
}

async function catchUp(read: Promise<unknown>): Promise<void> {
  behind.value++;
  try {
    await read;
  } finally {
    behind.value--;
    upToDate();
  }
}

function upToDate(): void {
  if (behind.peek() === 0 && connected.peek()) heardAt.value = tick.value = Date.now();
}

const listeners = new Map<Kind, Set<(news: News) => void>>();

/** Hears of one kind until the returned function is called. */
export function onNews(kind: Kind, listener: (news: News) => void): () => void {
  const all = listeners.get(kind) ?? new Set();
  listeners.set(kind, all.add(listener));
  void registered();
  return () => {
    all.delete(listener);
    void registered();
  };
}

/** What the connection of now hears. */
let addresses: Addresses | undefined;
let registering: Promise<void> | undefined;

/** Registers what the listeners of now hear of. Resolves when the bridge has it. */
function registered(): Promise<void> {
  // the listeners of one view come and go together
  registering ??= Promise.resolve().then(() => {
    registering = undefined;
    const heardOf = [...listeners].filter(([, all]) => all.size > 0).map(([kind]) => kind);
    return addresses?.hear(addressFor(new Set(heardOf)));
  });
  return registering;
}

let rereading = false;

/** Something was not heard: what is shown may be old until all of it has been read again. */
function readAgain(): void {
  if (rereading) return;
  rereading = true;
  behind.value++;
  setTimeout(() => {
    rereading = false;
    epoch.value++;
    behind.value--;
    upToDate();
  }, REREAD_MS);
}

let socket: WebSocket | undefined;
let failures = 0;
let stopped = true;
let pingedAt = 0;
let answeredAt = 0;
let pinging: ReturnType<typeof setInterval> | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;

export function startLive(): void {
  stopped = false;
  setInterval(() => { tick.value = Date.now(); }, 500);
  // who signs in again after the token ended need not wait for the next try
  let was = expired.value;
  expired.subscribe((is) => {
    if (was && !is && !stopped && !connected.value && socket === undefined) void open();
    was = is;
  });
  void open();
}

async function open(): Promise<void> {
  clearTimeout(waiting);
  try {
    const { ticket } = await call<Ticket>("POST", "/api/auth/ticket");
    const at = new URL("eventbus/websocket?ticket=" + encodeURIComponent(ticket ?? ""), location.href);
    at.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    at.hash = "";
    const next = new WebSocket(at);
    next.binaryType = "arraybuffer";
    next.onopen = () => opened(next);
    next.onmessage = (message) => { if (next === socket) heard(message.data); };
    next.onclose = () => lost(next);
    socket = next;
  } catch {
    socket = undefined;
    lost(undefined);
  }
}

function opened(next: WebSocket): void {
  const mine = (addresses = new Addresses((what) => {
    if (next.readyState === WebSocket.OPEN) next.send(JSON.stringify(what));
  }, () => { if (next === socket) readAgain(); }));
  const known = registered();
  failures = 0;
  pingedAt = 0;
  answeredAt = Date.now();
  behind.value++; // until it is known that nothing more is missed, and all is read again
  connected.value = true;
  clearInterval(pinging);
  pinging = setInterval(() => ping(next, mine), PING_MS);
  void known.then(() => {
    if (next === socket) epoch.value++;
    behind.value--;
    upToDate();
  });
}

/** Dead is what does not answer: silence alone may come from timers that the browser slows while nobody looks. */
function ping(at: WebSocket, heard: Addresses): void {
  const unanswered = pingedAt > answeredAt;
  if (unanswered && Date.now() - pingedAt > DEAD_MS) at.close();
  else if (!unanswered && at.readyState === WebSocket.OPEN) pingedAt = heard.ping().n;
}

const decoder = new TextDecoder();

function heard(data: ArrayBuffer | string): void {
  answeredAt = Date.now();
  const frame = JSON.parse(typeof data === "string" ? data : decoder.decode(data));
  if (frame.type === "pong") {
    // it came behind all that the controller had said by then: what is shown is not older than the question
    if (behind.peek() === 0 && frame.n > heardAt.peek()) heardAt.value = frame.n;
    addresses!.ponged(frame.n);
  }
  if (frame.type !== "rec" || !frame.body) return;
  const told = frame.body as Told;
  if (!addresses!.told(frame.address, told)) return;
  for (const [kind, news] of Object.entries(told.deltas ?? {})) {
    for (const listener of listeners.get(kind as Kind) ?? []) listener(news);
  }
}

function lost(which: WebSocket | undefined): void {
  if (which !== socket) return;
  socket = addresses = undefined;
  connected.value = false;
  clearInterval(pinging);
  if (stopped || !signedIn.value || expired.value) return;
  const most = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures++);
  clearTimeout(waiting);
  waiting = setTimeout(() => void open(), most / 2 + (Math.random() * most) / 2);
}

export function stopLive(): void {
  stopped = true;
  clearInterval(pinging);
  clearTimeout(waiting);
  socket?.close();
}
