/** Narrows a list by what its rows have: chips in a menu, each with how many rows it leaves; what is chosen stands beside it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useRead } from "../api/hooks";
import { type Facet, valuesOf } from "../lib/facets";
import { grouped } from "../lib/format";
import { place, setQuery } from "../lib/route";
import { Icon } from "./icons";

interface Page<T> { items?: T[]; totalSize?: number }

interface Props<T> {
  facets: readonly Facet<T>[];
  /** What is counted. */
  items?: readonly T[];
  /** Where the server filters: what is counted is read there, when the menu is opened, without the filters. */
  path?: string;
}

export function Facets<T>({ facets, items, path }: Props<T>) {
  const open = useSignal(false);
  const { query } = place.value;
  const chosen = facets.filter((facet) => query[facet.param]);
  if (facets.length === 0) return null;
  return (
    <>
      <details class="menu-box facets" open={open.value} onToggle={(event) => { open.value = event.currentTarget.open; }}
        onFocusOut={(event) => { if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget as Element)) open.value = false; }}>
        <summary class="btn quiet" title="Narrow the list"><Icon name="filter" /><span class="word">Narrow</span></summary>
        {open.value && <Panel>{items ? <Values facets={facets} items={items} /> : <ReadValues facets={facets} path={path!} />}</Panel>}
      </details>
      {chosen.map((facet) => <Chosen key={facet.param} facet={facet} value={query[facet.param]} />)}
    </>
  );
}

const EDGE = 8;

/** Begins below its button, and further left where it would leave the window. */
function Panel({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const at = box.current!;
    const place = () => {
      at.style.setProperty("left", "0px");
      const { right, left } = at.getBoundingClientRect();
      at.style.setProperty("left", -Math.max(0, Math.min(left - EDGE, right - innerWidth + EDGE)) + "px");
    };
    place();
    addEventListener("resize", place);
    return () => removeEventListener("resize", place);
  }, []);
  return <div ref={box} class="menu-panel">{children}</div>;
}

function Chosen<T>({ facet, value }: { facet: Facet<T>; value: string }) {
  const word = facet.word?.(value) ?? value;
  return <button type="button" class="chip" aria-pressed="true" title={`Not only ${facet.title}: ${word}`} onClick={() => setQuery({ [facet.param]: undefined })}><span class="cut">{facet.title}: {word}</span> <span aria-hidden="true">✕</span></button>;
}

function ReadValues<T>({ facets, path }: { facets: readonly Facet<T>[]; path: string }) {
  const read = useRead<Page<T>>(path + (path.includes("?") ? "&" : "?") + "pageSize=1000");
  const page = read.value.value;
  if (!page) return <p class="muted">{read.problem.value?.message ?? "Counting"}</p>;
  const items = page.items ?? [];
  return <><Values facets={facets} items={items} />{(page.totalSize ?? 0) > items.length && <p class="muted small">Counted among the first {grouped(items.length)} of {grouped(page.totalSize)}.</p>}</>;
}

function Values<T>({ facets, items }: { facets: readonly Facet<T>[]; items: readonly T[] }) {
  const { query } = place.value;
  const known = facets.map((facet) => [facet, valuesOf(facets, facet, items, query)] as const).filter(([, values]) => values.length > 0);
  if (known.length === 0) return <p class="muted">Nothing tells these rows apart.</p>;
  return (
    <div class="facet-values">{known.map(([facet, values]) => (
      <fieldset key={facet.param} class="plain-set"><legend>{facet.title}</legend>
        <div class="chips">{values.map(([value, count]) => {
          const on = query[facet.param] === value;
          return <button key={value} type="button" class="chip" aria-pressed={on} title={value.length > 20 ? value : undefined} onClick={() => setQuery({ [facet.param]: on ? undefined : value })}><span class="cut">{facet.word?.(value) ?? value}</span> <span class="mono">{grouped(count)}</span></button>;
        })}</div>
      </fieldset>
    ))}</div>
  );
}
