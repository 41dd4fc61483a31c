/** What stands beside the filters of a list: its columns, and views of it that were saved. */
import { useSignal } from "@preact/signals";
import { href, place, setQuery } from "../lib/route";
import { keptColumns, savedViews } from "../lib/settings";
import { canHide, type Columned, queryText, shownColumns, toggled, type View, withView } from "../lib/views";
import { Copy } from "./basic";
import { Button } from "./button";
import { Icon } from "./icons";

/** @param list its name, under which this browser remembers */
export function useColumns<T extends Columned>(list: string, columns: T[]): T[] {
  return shownColumns(columns, place.value.query.cols, keptColumns.value[list]);
}

interface Props { list: string; columns: Columned[] }

export function ListTools(props: Props) {
  return <span class="list-tools"><Views {...props} /><Columns {...props} /></span>;
}

const leaves = (event: FocusEvent & { currentTarget: HTMLDetailsElement }) => event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget as Element);

function Columns({ list, columns }: Props) {
  const open = useSignal(false);
  const shown = useColumns(list, columns);
  const pick = (head: string) => {
    const heads = toggled(columns, shown, head);
    keptColumns.value = { ...keptColumns.value, [list]: heads };
    // what the address said was of another time
    if (place.value.query.cols !== undefined) setQuery({ cols: undefined });
  };
  const usual = () => {
    const { [list]: _, ...others } = keptColumns.value;
    keptColumns.value = others;
    setQuery({ cols: undefined });
  };
  return (
    <details class="menu-box columns-menu" open={open.value} onToggle={(event) => { open.value = event.currentTarget.open; }} onFocusOut={(event) => { if (leaves(event)) open.value = false; }}>
      <summary class="btn quiet" title="Columns"><Icon name="columns" /><span class="word">Columns</span></summary>
      <div class="menu-panel">
        <fieldset class="plain-set"><legend>Columns of {list.toLowerCase()}</legend>
          {columns.filter((column) => canHide(column.head)).map((column) => <label key={column.head} class="check"><input type="checkbox" checked={shown.includes(column)} onChange={() => pick(column.head)} /> <span>{column.head}</span></label>)}</fieldset>
        <div class="actions"><Button label="As usual" onPress={usual} /></div>
      </div>
    </details>
  );
}

function Views({ list, columns }: Props) {
  const open = useSignal(false);
  const name = useSignal("");
  const { page, query } = place.value;
  const views = savedViews.value[page] ?? [];
  const shown = shownColumns(columns, query.cols, keptColumns.value[list]);
  const own = query.cols ?? (keptColumns.value[list] ? shown.map((column) => column.head).join(",") : undefined);
  const now = queryText({ ...query, cols: own });
  const keep = (next: View[]) => { savedViews.value = { ...savedViews.value, [page]: next }; };
  const current = views.find((view) => view.query === now);
  const save = () => {
    if (!name.value.trim()) return;
    keep(withView(views, { name: name.value.trim(), query: now }));
    name.value = "";
  };
  return (
    <details class="menu-box" open={open.value} onToggle={(event) => { open.value = event.currentTarget.open; }} onFocusOut={(event) => { if (leaves(event)) open.value = false; }}>
      <summary class="btn quiet" title="Views"><Icon name="views" /><span class="word">{current?.name ?? "Views"}</span></summary>
      <div class="menu-panel">
        {views.length === 0 ? <p class="muted">Filters, order and columns as they stand now can be kept under a name, in this browser.</p>
          : <ul class="rows" aria-label="Saved views">{views.map((view) => (
            <li key={view.name} class="split"><a href={href(page, [], Object.fromEntries(new URLSearchParams(view.query)))} aria-current={view === current ? "true" : undefined} onClick={() => { open.value = false; }}><span class="text">{view.name}</span></a>
              <button type="button" class="btn quiet" aria-label={`Forget the view ${view.name}`} title="Forget it" onClick={() => keep(views.filter((one) => one !== view))}><span aria-hidden="true">✕</span></button></li>
          ))}</ul>}
        <form class="inline-form" onSubmit={(event) => { event.preventDefault(); save(); }}>
          <label class="field"><span>Name of this view</span><input name="view" maxLength={60} autocomplete="off" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} /></label>
          <Button label="Save" type="submit" why={name.value.trim() ? null : "Give it a name"} onPress={() => undefined} />
        </form>
        <Copy button text={location.origin + location.pathname + href(page, [], Object.fromEntries(new URLSearchParams(now)))}>Copy a link to it</Copy>
      </div>
    </details>
  );
}
