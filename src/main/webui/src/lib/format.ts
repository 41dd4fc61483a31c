/** Numbers, sizes and times as they are read. Pure: the time is always given. */

export const none = "—";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** 1536 → "1.5 KiB". */
export function bytes(count: number | null | undefined): string {
  if (count == null) return none;
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : +value.toFixed(1)} ${UNITS[unit]}`;
}

/** In GiB without the unit, which stands in the head of the column. */
export function gib(count: number | null | undefined): string {
  if (count == null) return none;
  const value = count / 2 ** 30;
  return value >= 10 || value === 0 ? grouped(Math.round(value)) : value.toFixed(1);
}

export function grouped(count: number | null | undefined): string {
  return count == null ? none : count.toLocaleString("en-US");
}

export function percent(part: number, whole: number): string {
  return whole > 0 ? Math.round((100 * part) / whole) + "%" : none;
}

export function plural(count: number, one: string, many = one + "s"): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** How long ago or how old, short. */
export function age(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 9_950) return (ms / 1000).toFixed(1) + " s";
  if (ms < 90_000) return Math.round(ms / 1000) + " s";
  if (ms < 5_400_000) return Math.round(ms / 60_000) + " min";
  if (ms < 129_600_000) return Math.round(ms / 3_600_000) + " h";
  return Math.round(ms / 86_400_000) + " d";
}

const two = (value: number) => String(value).padStart(2, "0");

/** How long something took, exact to the second: "12 min 04 s". */
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1_000) return Math.round(ms) + " ms";
  if (ms < 60_000) return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0) + " s";
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

export type TimeForm = "relative" | "local" | "UTC";

/** The time of the day, with the date unless it is today's, in the reader's zone or in UTC. */
export function clock(at: number, form: "local" | "UTC", now: number, fraction = false): string {
  const iso = (ms: number) => new Date(form === "UTC" ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString();
  const text = iso(at);
  const day = text.slice(0, 10);
  const hour = text.slice(11, fraction ? 23 : 19);
  return day === iso(now).slice(0, 10) ? hour : day + " " + hour;
}

export function time(iso: string | null | undefined, form: TimeForm, now: number): string {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at)) return none;
  if (form !== "relative") return clock(at, form, now);
  return at > now + 1_000 ? "in " + age(at - now) : age(now - at) + " ago";
}

/** The same with the word before it: "for 3 d", "until 14:05:00", "until 3 min ago". */
export function untilTime(iso: string, form: TimeForm, now: number): string {
  const left = Date.parse(iso) - now;
  return form === "relative" && left > 1_000 ? "for " + age(left) : "until " + time(iso, form, now);
}

/** Of what runs or ran: until its end, or until now. */
export function took(from: string | null | undefined, to: string | null | undefined, now: number): string {
  if (!from) return none;
  return duration((to ? Date.parse(to) : now) - Date.parse(from));
}

/** "1h30m", "90", "15 min" → seconds; null where it is none of these. */
export function seconds(text: string): number | null {
  const match = /^(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s?)?$/.exec(text.trim());
  if (!match || match[0] === "") return null;
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
}
