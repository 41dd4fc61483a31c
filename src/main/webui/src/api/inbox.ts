/** How many notifications nobody here has read yet, for the bar at the top and the rail. */
import { signal } from "@preact/signals";
import { at, call, signedIn } from "./http";
import { connected, epoch } from "./live";
import type { Notification } from "./types.gen";

const EVERY_MS = 10_000;
/** More are shown as "100+". */
export const MOST_COUNTED = 100;

const count = signal<number | undefined>(undefined);
export const unread = (): number | undefined => count.value || undefined;

export async function readUnread(): Promise<void> {
  if (!signedIn.value) return;
  try {
    count.value = (await call<{ items: Notification[] }>("GET", `/api/notifications?unread=true&pageSize=${MOST_COUNTED}`)).items.length;
  } catch {
    // the pill says that the controller is away; the next try follows
  }
}

export async function markRead(revision: number): Promise<void> {
  await call("PUT", at("notifications", revision, "read"));
  await readUnread();
}

export async function markAllRead(upTo: number): Promise<void> {
  await call("PUT", "/api/notifications/read", { upTo });
  await readUnread();
}

export function startInbox(): void {
  epoch.subscribe(() => void readUnread());
  setInterval(() => { if (!document.hidden && connected.value) void readUnread(); }, EVERY_MS);
}
