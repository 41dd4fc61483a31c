import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { tick } from "../api/live";
import { clock, none, time, took, untilTime } from "../lib/format";
import { type Glyph as GlyphName, lookOf } from "../lib/status";
import { timeForm } from "../lib/settings";

export function Glyph({ name }: { name: GlyphName }) {
  return <svg aria-hidden="true" class="glyph"><use href={"#i-" + name} /></svg>;
}

/** A status as glyph and word, in its colour. */
export function Status({ of, word, detail }: { of: string | undefined; word?: string; detail?: string }) {
  const look = lookOf(of);
  return (
    <span class={"st " + look.tone}>
      <Glyph name={look.glyph} />
      <span>{word ?? look.word}{detail ? " · " + detail : ""}</span>
    </span>
  );
}

/** A time in the form that the reader chose; the exact one on hover. @param until whether "until" stands before it: not "until in 3 d" */
export function Time({ at, until = false }: { at: string | null | undefined; until?: boolean }) {
  if (!at) return <span class="muted">{none}</span>;
  const form = timeForm.value;
  const now = form === "relative" ? tick.value : Date.now();
  const exact = clock(Date.parse(at), "local", 0, true) + " · " + at;
  return <time dateTime={at} title={exact}>{until ? untilTime(at, form, now) : time(at, form, now)}</time>;
}

/** How long something took or has taken until now. */
export function Took({ from, to }: { from?: string | null; to?: string | null }) {
  return <span>{took(from, to, to ? 0 : tick.value)}</span>;
}

export type Fact = [string, ComponentChildren];

/** Names and what they are; what is not known is left out. */
export function Facts({ facts }: { facts: Fact[] }) {
  const known = facts.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  return known.length === 0 ? null : (
    <dl class="facts">
      {known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

export function Notice({ children, tone = "fail" }: { children?: ComponentChildren; tone?: "fail" | "warn" | "run" }) {
  return children ? <p class={"notice " + tone} role={tone === "run" ? "status" : "alert"}><Glyph name={tone} /><span>{children}</span></p> : null;
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="empty"><h2>{title}</h2>{children}</div>;
}

/** A share, as a bar and in numbers. */
export function Meter({ part, whole, label, tone = "run", mark }: { part: number; whole: number; label: string; tone?: string; mark?: number }) {
  const bar = useRef<HTMLSpanElement>(null);
  const share = (value: number) => (whole > 0 ? Math.min(100, (100 * value) / whole) : 0);
  useEffect(() => {
    bar.current?.style.setProperty("--part", share(part) + "%");
    bar.current?.style.setProperty("--mark", share(mark ?? 0) + "%");
  }, [part, whole, mark]);
  return <span ref={bar} class={`meter ${tone} ${mark === undefined ? "" : "marked"}`} role="img" aria-label={label} title={label} />;
}

export function Progress({ value, status }: { value: number | undefined; status?: string }) {
  const look = lookOf(status);
  const share = Math.round(value ?? 0);
  return (
    <span class="progress">
      <Meter part={share} whole={100} tone={look.tone} label={share + " percent done"} />
      <span class="num">{share}%</span>
    </span>
  );
}

/** An id that can be copied. @param button whether it looks like one: its text is not what is copied */
export function Copy({ text, children, button: asButton }: { text: string; children?: ComponentChildren; button?: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    const at = button.current;
    if (!at) return;
    at.dataset.copied = "true";
    setTimeout(() => { delete at.dataset.copied; }, 1_200);
  };
  return (
    <button ref={button} type="button" class={asButton ? "btn quiet copies" : "copy"} title={"Copy " + text} onClick={copy}>
      {asButton ? null : <span class="unseen">Copy </span>}{children ?? text}
    </button>
  );
}
