/** Calls the REST API; a refusal becomes a Refusal with the problem document's words. */
import { signal } from "@preact/signals";
import { collectionOf } from "../lib/collection";
import type { Caller, FieldError, Login, Problem } from "./types.gen";

export class Refusal extends Error {
  readonly errors: FieldError[];
  constructor(problem: Partial<Problem>, readonly status: number) {
    super(problem.detail ?? problem.title ?? (status === 0 ? "The controller does not answer" : "HTTP " + status));
    this.errors = problem.errors ?? [];
  }

  /** Every wrong field at once. */
  get text(): string {
    const fields = this.errors.map((error) => `${error.pointer}: ${error.detail}`);
    return fields.length > 1 ? fields.join("\n") : this.message;
  }
}

const KEY = "aiwm.token";
let token: string | null = sessionStorage.getItem(KEY);

type Said = { kind: "ask" } | { kind: "token"; token: string } | { kind: "out" };
/** Between the windows of one browser: who signs in or out does it for all of them, and the token lies on no disk. */
const windows = new BroadcastChannel("aiwm.session");

/** Signed in at all; whether the token still holds is another matter. */
export const signedIn = signal(token !== null);
/** The token has ended: what is on screen stays, and a dialog asks who is there. */
export const expired = signal(false);
export const me = signal<Caller | null>(null);

windows.onmessage = ({ data }: MessageEvent<Said>) => {
  if (data.kind === "ask" && token && !expired.value) windows.postMessage({ kind: "token", token } satisfies Said);
  else if (data.kind === "token" && (!token || expired.value)) void adopt(data.token);
  else if (data.kind === "out") forget();
};
if (token === null) windows.postMessage({ kind: "ask" } satisfies Said);

/** Ends this session in all windows of this browser; what they know of it is gone with a new beginning. */
export function signOut(): void {
  forget();
  windows.postMessage({ kind: "out" } satisfies Said);
}

/** Ends all sessions of the user, on every machine: tokens that others have are refused from now on. */
export async function signOutEverywhere(): Promise<void> {
  await call("POST", "/api/auth/logout");
  signOut();
}

function forget(): void {
  token = null;
  sessionStorage.removeItem(KEY);
  me.value = null;
  expired.value = false;
  signedIn.value = false;
  location.reload();
}

export async function signIn(username: string, password: string): Promise<void> {
  const answer = await call<Login>("POST", "/api/auth/login", { username, password });
  await adopt(answer.accessToken);
  windows.postMessage({ kind: "token", token: answer.accessToken } satisfies Said);
}

/** From now on this token is sent. What is shown of somebody else is read anew. */
async function adopt(given: string): Promise<void> {
  const before = me.value?.name;
  token = given;
  sessionStorage.setItem(KEY, given);
  expired.value = false;
  signedIn.value = true;
  await whoAmI();
  if (before && me.peek()?.name !== before) location.reload();
}

export async function whoAmI(): Promise<void> {
  try {
    me.value = await call<Caller>("GET", "/api/auth/me");
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.status === 401) return;
    // without knowing, nothing is hidden: the server decides anyway
    me.value = {};
  }
}

/** Why the caller may not do what needs this role; null: it may. */
export function denied(role: "OPERATOR" | "ADMIN" = "OPERATOR"): string | null {
  const has = me.value?.role;
  if (!has || has === "ADMIN" || has === role) return null;
  return `Your role is ${has.toLowerCase()}; this needs ${role.toLowerCase()}`;
}

const readers = new Set<(collection: string) => void>();

/** Told of each collection that this page has changed, until the returned function is called: who reads it need not wait for its next time. */
export function onWrites(reader: (collection: string) => void): () => void {
  readers.add(reader);
  return () => { readers.delete(reader); };
}

/** Also for what does not go through here. */
export function wrote(path: string): void {
  const collection = collectionOf(path);
  for (const reader of [...readers]) reader(collection);
}

export async function send(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { ...more };
  if (token) headers.Authorization = "Bearer " + token;
  const raw = body instanceof Blob || typeof body === "string";
  if (body !== undefined && !raw) headers["Content-Type"] ??= "application/json";
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : raw ? (body as Blob) : JSON.stringify(body) });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Refusal({}, 0);
  }
  if (answer.ok) {
    if (method !== "GET") wrote(path);
    return answer;
  }
  let problem: Partial<Problem> = {};
  try {
    const said = await answer.json();
    // below /v1 errors have the form that clients of OpenAI expect
    problem = said.error?.message ? { detail: said.error.message } : said;
  } catch {
    // a proxy's error page: the status has to do
  }
  if (answer.status === 401 && token && path !== "/api/auth/login") expired.value = true;
  throw new Refusal(problem, answer.status);
}

export async function call<T = unknown>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(method, path, body, signal);
  return (answer.status === 204 ? null : await answer.json()) as T;
}

/** Reads a text that goes on, piece by piece, until it ends or the signal aborts. */
export async function follow(path: string, signal: AbortSignal, onText: (text: string) => void, accept = "text/plain"): Promise<void> {
  const answer = await send("GET", path, undefined, signal, { Accept: accept });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onText(value);
  }
}

export const words = (cause: unknown): string => (cause instanceof Refusal ? cause.text : cause instanceof Error ? cause.message : String(cause));

export const at = (...parts: (string | number)[]): string => "/api/" + parts.map((part) => encodeURIComponent(String(part))).join("/");
