import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { closed, go, opened, place } from "../lib/route";
import { inspectorWide } from "../lib/settings";
import { Copy } from "./basic";

interface InspectorProps {
  title: string;
  id?: string;
  status?: ComponentChildren;
  actions?: ComponentChildren;
  tabs?: [string, string][];
  children: ComponentChildren;
}

/** What the record that is open is called, for the line at the top. */
export const openRecord = signal<{ id: string; title: string } | null>(null);

/** Names the record that is open where its id stands in the address. */
export function useOpenRecord(id: string | null | undefined, title: string): void {
  useEffect(() => { openRecord.value = id && title ? { id, title } : null; }, [id, title]);
}

/** The record that is open, beside its list, so that neither is lost. */
export function Inspector({ title, id, status, actions, tabs, children }: InspectorProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const tab = tabs?.length ? openTab(tabs) : undefined;
  // where it covers the list, the reader is taken to it; beside it, the list keeps the focus
  useEffect(() => { if (matchMedia("(max-width: 1100px)").matches) heading.current?.focus(); }, [id]);
  useOpenRecord(id ?? place.value.rest[0], title);
  return (
    <aside class={"inspector" + (inspectorWide.value ? " wide-side" : "")} aria-label="Details">
      <div class="head-row">
        <div class="names">
          <h2 class={"title" + (id ? " mono" : "")} tabIndex={-1} ref={heading}>{title}</h2>
          {status}
        </div>
        <button type="button" class="btn quiet widen" aria-pressed={inspectorWide.value} aria-label={inspectorWide.value ? "Narrow the details" : "Widen the details"} title={inspectorWide.value ? "Narrow" : "Widen"} onClick={() => { inspectorWide.value = !inspectorWide.value; }}>
          <span aria-hidden="true">{inspectorWide.value ? "⇥" : "⇤"}</span>
        </button>
        <button type="button" class="btn quiet" aria-label="Close the details" title="Close (Esc)" onClick={() => go(closed())}><span aria-hidden="true">✕</span></button>
      </div>
      {id && id !== title && <p class="id"><Copy text={id} /></p>}
      {actions && <div class="actions">{actions}</div>}
      {tabs && tabs.length > 1 && (
        <nav class="tabs" aria-label="Parts">
          {tabs.map(([key, label]) => <a key={key} href={key === tabs[0][0] ? opened(place.value.rest[0]) : opened(place.value.rest[0], key)} aria-current={tab === key ? "true" : undefined}>{label}</a>)}
        </nav>
      )}
      {children}
    </aside>
  );
}

/** Of an address that names none of them, the first. */
export const openTab = (tabs: [string, string][]): string => (tabs.find(([key]) => key === place.value.rest[1]) ?? tabs[0])[0];
