/** Parts of one page, each with an address of its own: `#/settings/users`. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Pages } from "../api/pages";
import { href, place } from "../lib/route";
import { Notice } from "./basic";
import { Button } from "./button";

export type Section = [string, string];

export const sectionOf = (sections: Section[]): string => place.value.rest[0] ?? sections[0][0];

export function Sections({ sections }: { sections: Section[] }) {
  const now = sectionOf(sections);
  return <nav class="tabs" aria-label="Parts of this page">{sections.map(([key, label]) => <a key={key} href={href(place.value.page, [key])} aria-current={key === now ? "true" : undefined}>{label}</a>)}</nav>;
}

/** A table that is read page by page. What it has is said where it has nothing. */
export function Table<T>({ name, heads, pages, row, empty }: { name: string; heads: [string, string?][]; pages: Pages<T>; row: (item: T) => ComponentChildren; empty: ComponentChildren }) {
  const body = useRef<HTMLTableSectionElement>(null);
  // where there is little room a row is a card: each cell says then what it is of
  useLayoutEffect(() => {
    for (const line of body.current?.rows ?? []) [...line.cells].forEach((cell, i) => { cell.dataset.head = heads[i]?.[0] ?? ""; });
  });
  if (pages.problem.value) return <Notice>{pages.problem.value.message}</Notice>;
  if (pages.loaded.value && pages.items.value.length === 0) return <p class="muted">{empty}</p>;
  return (
    <>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={name}>
        <table class="plain cards"><thead><tr>{heads.map(([head, kind]) => <th key={head} scope="col" class={kind}>{head || <span class="unseen">What can be done</span>}</th>)}</tr></thead>
          <tbody ref={body}>{pages.items.value.map(row)}</tbody>
        </table>
      </div>
      {pages.more.value && <Button label="More" onPress={pages.more.value} />}
    </>
  );
}
