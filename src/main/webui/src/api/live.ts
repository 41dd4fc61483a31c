/** Hears changes over the event bridge. Says how old what is on screen is, and has everything read again after a gap. */
import { computed, signal } from "@preact/signals";
import { call, expired, signedIn } from "./http";
import type { Ticket } from "./types.gen";

export type Kind = "nodes" | "deployments" | "executions" | "jobs" | "cluster";
export interface Changed { id: string; deleted?: boolean; version?: number; [field: string]: any }
export interface News { kind: Kind; at: number; items: Changed[]; omitted: number }

const KINDS: Kind[] = ["nodes", "deployments", "executions", "jobs", "cluster"];
const PING_MS = 2_000;
const DEAD_MS = 10_000;
const STALE_MS = 6_000;
const LONGEST_WAIT_MS = 15_000;

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
 * Reads now, and again after each gap in the connection, until the returned function is called. The page is called live again only
 * when all that was read because of a gap is there.
 */
export function onGaps(read: () => Promise<unknown>): () => void {
  let seen = -1;
  return epoch.subscribe((now) => {
    if (now === seen) return;
    // what is read for the first time shows nothing old meanwhile
    if (seen === -1) void read();
    else void catchUp(read());
    seen = now;
  });
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
  return () => void all.delete(listener);
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
    next.onmessage = (message) => heard(message.data);
    next.onclose = () => lost(next);
    socket = next;
  } catch {
    socket = undefined;
    lost(undefined);
  }
}

function opened(next: WebSocket): void {
  for (const kind of KINDS) next.send(JSON.stringify({ type: "register", address: "aiwm.events." + kind, headers: {} }));
  failures = 0;
  pingedAt = 0;
  answeredAt = Date.now();
  connected.value = true;
  clearInterval(pinging);
  pinging = setInterval(() => ping(next), PING_MS);
  // registered first, read second: what changes in between is heard
  epoch.value++;
  upToDate();
}

/** Dead is what does not answer: silence alone may come from timers that the browser slows while nobody looks. */
function ping(at: WebSocket): void {
  const unanswered = pingedAt > answeredAt;
  if (unanswered && Date.now() - pingedAt > DEAD_MS) at.close();
  else if (!unanswered && at.readyState === WebSocket.OPEN) {
    pingedAt = Date.now();
    at.send('{"type":"ping"}');
  }
}

const decoder = new TextDecoder();

function heard(data: ArrayBuffer | string): void {
  answeredAt = Date.now();
  if (behind.peek() === 0) heardAt.value = answeredAt;
  const frame = JSON.parse(typeof data === "string" ? data : decoder.decode(data));
  if (frame.type !== "rec" || !frame.body) return;
  const news = frame.body as News;
  for (const listener of listeners.get(news.kind) ?? []) listener(news);
}

function lost(which: WebSocket | undefined): void {
  if (which !== socket) return;
  socket = undefined;
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
