import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { addKeys } from "../lib/keys";
import { place, setQuery } from "../lib/route";
import { grouped } from "../lib/format";
import { lookOf } from "../lib/status";
import { Glyph } from "./basic";

/** Buttons that narrow a list to one state; each says how many there are. */
export function Chips({ name, counts, param = "status", all, order }: { name: string; counts: Record<string, number>; param?: string; all: number; order?: string[] }) {
  const chosen = place.value.query[param] ?? "";
  const states = (order ?? Object.keys(counts)).filter((state) => (counts[state] ?? 0) > 0 || state === chosen);
  return (
    <div class="chips" role="group" aria-label={name}>
      <button type="button" class="chip" aria-pressed={chosen === ""} onClick={() => setQuery({ [param]: undefined })}>All <span class="mono">{grouped(all)}</span></button>
      {states.map((state) => {
        const look = lookOf(state);
        return (
          <button key={state} type="button" class="chip" aria-pressed={chosen === state} onClick={() => setQuery({ [param]: chosen === state ? undefined : state })}>
            <span class={look.tone}><Glyph name={look.glyph} /></span>{look.word} <span class="mono">{grouped(counts[state] ?? 0)}</span>
          </button>
        );
      })}
    </div>
  );
}

const TYPING_MS = 120;

/** A text that narrows the list; "/" goes to it. */
export function Filter({ label, param = "q" }: { label: string; param?: string }) {
  const input = useRef<HTMLInputElement>(null);
  const text = useSignal(place.value.query[param] ?? "");
  const given = place.value.query[param] ?? "";
  useEffect(() => { if (document.activeElement !== input.current) text.value = given; }, [given]);
  useEffect(() => {
    const timer = setTimeout(() => { if (text.value !== given) setQuery({ [param]: text.value || undefined }); }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text.value]);
  useEffect(() => addKeys([{ keys: "/", says: "Filter", group: "Lists", run: () => input.current?.select() }]), []);
  return (
    <label class="filter"><span class="unseen">{label}</span>
      <input ref={input} type="search" placeholder={label} value={text.value} spellcheck={false} autocomplete="off"
        onInput={(event) => { text.value = event.currentTarget.value; }} />
    </label>
  );
}

export function contains(text: string, ...parts: (string | undefined)[]): boolean {
  const wanted = text.toLowerCase();
  return wanted === "" || parts.some((part) => part?.toLowerCase().includes(wanted));
}
