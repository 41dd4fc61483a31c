/** Files on their way: they go on while one looks at other pages, and from where they were after a lost connection or a reload. */
import { signal } from "@preact/signals";
import { wrote } from "../../api/http";
import { defaultOptions, Upload } from "tus-js-client";

export interface Going {
  key: string;
  file: string;
  model: string;
  size: number;
  done: number;
  bytesPerSecond: number;
  state: "going" | "waiting" | "done" | "failed";
  says: string;
  upload: Upload;
}

export const going = signal<Going[]>([]);

const PIECE_BYTES = 16 * 1024 * 1024;
const RETRY_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000];
/** Of the speed that is shown, how much the newest moment counts. */
const NEWEST = 0.3;

function change(key: string, by: Partial<Going>): void {
  going.value = going.value.map((one) => (one.key === key ? { ...one, ...by } : one));
}

export function begin(file: File, metadata: Record<string, string>): void {
  const key = `${file.name}-${file.size}-${Date.now()}`;
  let before = { at: Date.now(), bytes: 0 };
  const upload = new Upload(file, {
    endpoint: "/api/models/uploads",
    chunkSize: PIECE_BYTES,
    retryDelays: RETRY_MS,
    metadata: { ...metadata, filename: file.name },
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (request) => { request.setHeader("Authorization", "Bearer " + (sessionStorage.getItem("aiwm.token") ?? "")); },
    onProgress: (sent) => {
      const now = Date.now();
      if (now - before.at < 500) return;
      const old = going.value.find((one) => one.key === key);
      const speed = ((sent - before.bytes) * 1000) / (now - before.at);
      before = { at: now, bytes: sent };
      change(key, { done: sent, state: "going", bytesPerSecond: old?.bytesPerSecond ? old.bytesPerSecond * (1 - NEWEST) + speed * NEWEST : speed });
    },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      change(key, { state: "waiting", says: "The connection was lost; it goes on by itself" });
      return status === 0 || status >= 500 || status === 423 || status === 429;
    },
    onSuccess: () => {
      change(key, { state: "done", done: file.size, says: "" });
      wrote("/api/models");
    },
    onError: (error) => {
      const answer = "originalResponse" in error ? error.originalResponse?.getBody() : undefined;
      let says = error.message;
      try { says = JSON.parse(answer ?? "").detail ?? says; } catch { /* not a problem document */ }
      change(key, { state: "failed", says });
    },
  });
  going.value = [...going.value, { key, file: file.name, model: metadata.name ?? metadata.model ?? "", size: file.size, done: 0, bytesPerSecond: 0, state: "going", says: "", upload }];
  void upload.findPreviousUploads().then((previous) => {
    if (previous[0]) upload.resumeFromPreviousUpload(previous[0]);
    upload.start();
  });
}

export interface Unfinished { file: string; model: string; size: number; since: string }

/** Uploads that a reload or a closed window broke off: each goes on when the same file is chosen again. */
export async function unfinished(): Promise<Unfinished[]> {
  const kept = await defaultOptions.urlStorage!.findAllUploads();
  return kept.filter((one) => !going.value.some((other) => other.file === one.metadata.filename && other.size === one.size))
    .map((one) => ({ file: one.metadata.filename ?? "", model: one.metadata.name ?? "", size: one.size ?? 0, since: one.creationTime }))
    .sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
}

/** Stops it; what is here of it is given up too. */
export function giveUp(one: Going): void {
  void one.upload.abort(true).catch(() => undefined);
  going.value = going.value.filter((other) => other.key !== one.key);
}

addEventListener("beforeunload", (event) => {
  if (going.value.some((one) => one.state === "going" || one.state === "waiting")) event.preventDefault();
});
