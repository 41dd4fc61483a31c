/** What a conversation is called. Pure. */
import { clock } from "./format";

const MOST = 60;

/** The first words of what was said first, as far as a line has room for them. */
export function titleFrom(said: string): string | undefined {
  const line = said.replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, " ").trim();
  if (line.length <= MOST) return line || undefined;
  const cut = line.slice(0, MOST);
  const words = cut.includes(" ") ? cut.slice(0, cut.lastIndexOf(" ")) : cut;
  return words.replace(/[\uD800-\uDBFF]$/, "") + "…";
}

/** One that nobody named is told from others by when it began. */
export const titleOf = (one: { title?: string; createdAt?: string }, now: number): string => one.title ?? (one.createdAt ? "Of " + clock(Date.parse(one.createdAt), "local", now) : "Untitled");
