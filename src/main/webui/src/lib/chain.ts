/** The chain of audit entries: each names the hash of the one before it. The same as `aiwm audit verify` does. */
export interface Link { seq: number; prev: string; hash: string; trimmedHash?: string; [field: string]: unknown }

const NOTHING = "0".repeat(64);
const MOST_FAULTS = 20;

/** As the controller writes it: the escapes of control characters have capital letters there. */
export function textOf(entry: Link): string {
  const { hash: _, ...rest } = entry;
  return JSON.stringify(rest).replace(/\\u[0-9a-f]{4}/g, (escape, at: number, all: string) => (backslashes(all, at) % 2 === 0 ? "\\u" + escape.slice(2).toUpperCase() : escape));
}

function backslashes(text: string, before: number): number {
  let count = 0;
  while (text[before - 1 - count] === "\\") count++;
  return count;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Chain {
  entries = 0;
  last: Link | undefined;
  private first: Link | undefined;
  private readonly trimmed = new Set<string>();
  private readonly found: string[] = [];

  /** Takes the next entry, the oldest first. */
  async take(entry: Link): Promise<void> {
    if ((await sha256(textOf(entry))) !== entry.hash) this.fault(`Entry ${entry.seq} was changed: its hash is not that of its text`);
    if (!this.last) this.first = entry;
    else if (entry.seq !== this.last.seq + 1) this.fault(`After entry ${this.last.seq} comes ${entry.seq}: entries are missing, or were added`);
    else if (entry.prev !== this.last.hash) this.fault(`Entry ${entry.seq} does not follow the one before it`);
    if (entry.trimmedHash) this.trimmed.add(entry.trimmedHash);
    this.entries++;
    this.last = entry;
  }

  private fault(text: string): void {
    if (this.found.length < MOST_FAULTS) this.found.push(text);
  }

  /** What is wrong; empty: nothing. */
  get faults(): string[] {
    const whole = !this.first || (this.first.seq === 1 && this.first.prev === NOTHING) || this.trimmed.has(this.first.prev);
    return whole ? this.found : [...this.found, `The first entry is ${this.first!.seq}, and no entry says that those before it were dropped for their age`];
  }
}
