/** A list of any length: only the rows that can be seen are there. */
import { signal, type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Row } from "../api/rows";
import { addKeys } from "../lib/keys";
import { go, opened, place } from "../lib/route";
import { ranged } from "../lib/select";
import { density, ROW_HEIGHT } from "../lib/settings";
import type { Column } from "./column";
import { useColumns } from "./list-tools";
import { type Sort, useSort } from "./sort";

interface ListProps<T extends Row> {
  name: string;
  items: readonly T[];
  columns: Column<T>[];
  /** The same as one line and one below it, where there is little room. */
  card: (item: T) => ComponentChildren;
  label: (item: T) => string;
  onEnd?: () => void;
  total?: number | null;
  keys?: { keys: string; says: string; run: (item: T) => void }[];
  selection?: Signal<ReadonlySet<string>>;
  sortable?: boolean;
  onOpen?: (item: T) => void;
}

export type { Column };

const CARD_HEIGHT = 56;
const EXTRA = 6;
const narrow = signal(false);
if (typeof matchMedia !== "undefined") {
  const query = matchMedia("(max-width: 700px)");
  narrow.value = query.matches;
  query.addEventListener("change", () => { narrow.value = query.matches; });
}

export function List<T extends Row>(props: ListProps<T>) {
  const { name, card, label, onEnd, selection } = props;
  const columns = useColumns(name, props.columns);
  const box = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLTableRowElement>(null);
  const bottom = useRef<HTMLTableRowElement>(null);
  const seen = useSignal({ from: 0, to: 40 });
  const cursor = useSignal<string | null>(null);
  const sort = useSort(props.columns);
  const items = props.sortable ? sort.apply(props.items) : props.items;
  const height = narrow.value ? CARD_HEIGHT : ROW_HEIGHT[density.value];
  const current = place.value.rest[0];

  const look = () => {
    const at = box.current;
    if (!at) return;
    const from = Math.max(0, Math.floor(at.scrollTop / height) - EXTRA);
    const to = Math.ceil((at.scrollTop + at.clientHeight) / height) + EXTRA;
    if (from !== seen.value.from || to !== seen.value.to) seen.value = { from, to };
    if (to > items.length - 50) onEnd?.();
  };
  useEffect(look, [items.length, height]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [height]);

  const from = Math.min(seen.value.from, Math.max(0, items.length - 1));
  const to = Math.min(items.length, seen.value.to);
  useLayoutEffect(() => {
    top.current?.style.setProperty("height", from * height + "px");
    bottom.current?.style.setProperty("height", (items.length - to) * height + "px");
  }, [from, to, items.length, height]);

  const step = (by: number) => {
    if (items.length === 0) return;
    const old = items.findIndex((item) => item.id === (cursor.value ?? current));
    const next = old < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, old + by));
    cursor.value = items[next].id;
    const at = box.current!;
    if (next * height < at.scrollTop) at.scrollTop = next * height;
    if ((next + 2) * height > at.scrollTop + at.clientHeight) at.scrollTop = (next + 2) * height - at.clientHeight;
    look();
    requestAnimationFrame(() => at.querySelector<HTMLElement>(`[data-id="${CSS.escape(items[next].id)}"] a.open`)?.focus({ preventScroll: true }));
  };
  const now = () => items.find((item) => item.id === (cursor.value ?? current));
  useEffect(() => addKeys([
    { keys: "j", says: "Next row", group: "Lists", run: () => step(1) },
    { keys: "k", says: "Row before", group: "Lists", run: () => step(-1) },
    { keys: "Enter", says: "Open", group: "Lists", run: () => { const at = now(); if (at) go(opened(at.id)); } },
    ...(selection ? [{ keys: "x", says: "Select", group: "Lists", run: () => { const at = now(); if (at) { toggle(selection, at.id); lastPicked = at.id; } } },
      { keys: "X", says: "Select from the last one to here", group: "Lists", run: () => { const at = now(); if (at) pickTo(selection, items, at.id); } }] : []),
    ...(props.keys ?? []).map((key) => ({ ...key, group: "Lists", run: () => { const at = now(); if (at) key.run(at); } })),
  ]), [items, current]);

  return (
    <div class="list" ref={box} onScroll={look}>
      <table role="grid" aria-label={name} aria-rowcount={(props.total ?? items.length) + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {selection && <th class="pick" scope="col"><PickAll items={items} selection={selection} /></th>}
            {narrow.value
              ? <th scope="col" class="unseen-head">{name}</th>
              : columns.map((column) => <Head key={column.head} column={column} sort={props.sortable ? sort : undefined} />)}
          </tr>
        </thead>
        <tbody>
          <tr ref={top} class="space" aria-hidden="true"><td colSpan={columns.length + 1} /></tr>
          {items.slice(from, to).map((item, i) => (
            <tr
              key={item.id}
              data-id={item.id}
              aria-rowindex={from + i + 2}
              aria-selected={item.id === current}
              class={narrow.value ? "card" : undefined}
              onClick={(event) => {
                if (!(event.target as HTMLElement).closest("a,button,input") && getSelection()?.isCollapsed !== false) go(opened(item.id));
              }}
              onFocusIn={() => { cursor.value = item.id; }}
            >
              {selection && <td class="pick"><Pick id={item.id} label={label(item)} items={items} selection={selection} /></td>}
              {narrow.value
                ? <td>{card(item)}</td>
                : columns.map((column) => <Cell key={column.head} kind={column.kind} of={column.cell(item)} />)}
            </tr>
          ))}
          <tr ref={bottom} class="space" aria-hidden="true"><td colSpan={columns.length + 1} /></tr>
        </tbody>
      </table>
    </div>
  );
}

/** What may be cut off is whole on hover. */
function Cell({ kind, of }: { kind?: string; of: ComponentChildren }) {
  return <td class={kind} title={typeof of === "string" && of.length > 16 ? of : undefined}>{of}</td>;
}

function Head<T>({ column, sort }: { column: Column<T>; sort?: Sort<T> }) {
  const dir = sort?.by === column.head ? sort.direction : undefined;
  return (
    <th scope="col" class={column.kind} aria-sort={dir}>
      {sort && column.by
        ? <button type="button" class="head" onClick={() => sort.toggle(column.head)}>{column.head}<span aria-hidden="true">{dir === "ascending" ? " ↑" : dir ? " ↓" : ""}</span></button>
        : column.head}
    </th>
  );
}

export function toggle(selection: Signal<ReadonlySet<string>>, id: string): void {
  const next = new Set(selection.value);
  if (!next.delete(id)) next.add(id);
  selection.value = next;
}

/** Where a range begins. */
let lastPicked: string | null = null;

function pickTo(selection: Signal<ReadonlySet<string>>, items: readonly { id: string }[], id: string): void {
  selection.value = new Set([...selection.value, ...ranged(items, lastPicked, id)]);
  lastPicked = id;
}

function Pick({ id, label, items, selection }: { id: string; label: string; items: readonly { id: string }[]; selection: Signal<ReadonlySet<string>> }) {
  const pick = (event: MouseEvent & { currentTarget: HTMLInputElement }) => {
    if (event.shiftKey) pickTo(selection, items, id);
    else toggle(selection, id);
    lastPicked = id;
    event.currentTarget.checked = selection.value.has(id);
  };
  return <input type="checkbox" aria-label={"Select " + label} title="With Shift, all from the last one to here" checked={selection.value.has(id)} onClick={pick} />;
}

function PickAll<T extends Row>({ items, selection }: { items: readonly T[]; selection: Signal<ReadonlySet<string>> }) {
  const all = items.length > 0 && items.every((item) => selection.value.has(item.id));
  return (
    <input type="checkbox" aria-label={`Select all ${items.length} rows`} checked={all}
      onChange={() => { selection.value = new Set(all ? [] : items.map((item) => item.id)); }} />
  );
}

/** The link of a row: what it is called, and the way to open it. */
export function Open({ id, children }: { id: string; children: ComponentChildren }) {
  return <a class="open mono" href={opened(id)}>{children}</a>;
}
