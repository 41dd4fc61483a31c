/** Lines of a log: their text, colours and level, kept within bounds. Pure. */
export interface Span { text: string; style: string }
export interface Line {
  /** From 1, in the order in which they came. */
  number: number;
  text: string;
  level: "" | "warn" | "fail" | "muted";
  /** Whose it is, where a log has several writers: "[2] …". */
  source: string;
  /** When it was written, in UTC to the nanosecond; empty where that is not known. */
  time: string;
}

export const MOST_LINES = 50_000;
export const MOST_CHARS = 16_000_000;
const MOST_LINE = 20_000;
const BEFORE = /^(?:\[(\d+)\] )?(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) )?/;

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[([0-9;]*)([A-Za-z])/g;
const plain = (text: string) => text.replace(ESCAPES, "");

const FAIL = /\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC|EXCEPTION)\b/;
const WARN = /\bWARN(?:ING)?\b/;
const LOW = /\b(?:DEBUG|TRACE)\b/;

function levelOf(text: string): Line["level"] {
  const start = text.slice(0, 200).toUpperCase();
  return FAIL.test(start) ? "fail" : WARN.test(start) ? "warn" : LOW.test(start) ? "muted" : "";
}

/** The newest lines of a text that comes in pieces. */
export class LogLines {
  lines: Line[] = [];
  dropped = 0;
  private rest = "";
  private chars = 0;
  private count = 0;

  add(piece: string): void {
    const parts = (this.rest + piece).split("\n");
    this.rest = parts.pop()!;
    if (this.rest.length > MOST_LINE) {
      parts.push(this.rest);
      this.rest = "";
    }
    for (const part of parts) this.push(part.endsWith("\r") ? part.slice(0, -1) : part);
    this.trim();
  }

  /** The log has ended: what has no end of line is a line too. */
  end(): void {
    if (this.rest) this.push(this.rest);
    this.rest = "";
  }

  private push(raw: string): void {
    const [before, source = "", time = ""] = BEFORE.exec(raw)!;
    const rest = raw.slice(before.length);
    const text = rest.length > MOST_LINE ? rest.slice(0, MOST_LINE) + " …" : rest;
    this.lines.push({ number: ++this.count, text, level: levelOf(plain(text)), source, time });
    this.chars += text.length;
  }

  private trim(): void {
    if (this.lines.length <= MOST_LINES && this.chars <= MOST_CHARS) return;
    // a fifth at once, so that it is seldom
    const least = Math.max(this.lines.length - Math.floor(MOST_LINES * 0.8), 0);
    let gone = 0;
    while (gone < this.lines.length && (gone < least || this.chars > MOST_CHARS)) this.chars -= this.lines[gone++].text.length;
    this.lines = this.lines.slice(gone);
    this.dropped += gone;
  }
}

/** Where the first line is that has this number or, where that is gone or does not fit a filter, a later one. */
export function placeOf(lines: readonly Line[], number: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Those of the lines that are there when all of them have to be: the newest; for a reader who has stopped, those from where it began,
 * so that nothing is taken away above, and what comes stands below until there is too much of it.
 *
 * @param from the number of the first one; null: nobody has stopped
 */
export function windowOf(lines: readonly Line[], from: number | null, most: number): readonly Line[] {
  if (from === null) return lines.slice(-most);
  const begin = placeOf(lines, from);
  return lines.slice(begin, begin + 2 * most);
}

const COLOURS: Record<number, string> = { 30: "muted", 31: "fail", 32: "ok", 33: "warn", 34: "run", 35: "violet", 36: "accent", 37: "", 90: "muted", 91: "fail", 92: "ok", 93: "warn", 94: "run", 95: "violet", 96: "accent", 97: "" };

/** Colours of a terminal as classes of our own; other escapes are left out. */
export function spans(text: string): Span[] {
  if (!text.includes("\u001b")) return [{ text, style: "" }];
  const result: Span[] = [];
  let colour = "";
  let bold = false;
  let from = 0;
  const put = (part: string) => { if (part) result.push({ text: part, style: [colour, bold ? "bold" : ""].filter(Boolean).join(" ") }); };
  for (const match of text.matchAll(ESCAPES)) {
    put(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] !== "m") continue;
    for (const code of (match[1] || "0").split(";").map(Number)) {
      if (code === 0) { colour = ""; bold = false; } else if (code === 1) bold = true;
      else if (code === 22) bold = false;
      else if (code === 39) colour = "";
      else if (code in COLOURS) colour = COLOURS[code];
    }
  }
  put(text.slice(from));
  return result;
}

/** A test for lines: text in any case, or `/pattern/`; with `!` before it, those that do not have it. Null: not a pattern. */
export function matcher(filter: string): ((text: string) => boolean) | null {
  const inverted = filter.startsWith("!") && filter.length > 1;
  const wanted = inverted ? filter.slice(1) : filter;
  if (wanted === "") return () => true;
  const pattern = /^\/(.+)\/(i?)$/.exec(wanted);
  let test: (text: string) => boolean;
  if (pattern) {
    try {
      const compiled = new RegExp(pattern[1], pattern[2]);
      test = (text) => compiled.test(text);
    } catch {
      return null;
    }
  } else {
    const low = wanted.toLowerCase();
    test = (text) => text.toLowerCase().includes(low);
  }
  return inverted ? (text) => !test(plain(text)) : (text) => test(plain(text));
}

/** Of lines that were found the next one behind a number, or the one before it; at an end it goes on at the other. */
export function nextOf(found: readonly Line[], number: number, back: boolean): Line | undefined {
  return back ? found.findLast((line) => line.number < number) ?? found.at(-1) : found.find((line) => line.number > number) ?? found[0];
}

/** A line of JSON as its message and the rest; undefined where it is none. */
export function fields(text: string): { message: string; rest: [string, string][] } | undefined {
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    const all = JSON.parse(text) as Record<string, unknown>;
    const key = ["message", "msg", "log"].find((name) => typeof all[name] === "string");
    if (!key) return undefined;
    const rest = Object.entries(all).filter(([name]) => name !== key)
      .map(([name, value]): [string, string] => [name, typeof value === "string" ? value : JSON.stringify(value)]);
    return { message: String(all[key]), rest };
  } catch {
    return undefined;
  }
}
