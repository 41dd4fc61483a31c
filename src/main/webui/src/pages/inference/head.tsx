import type { ComponentChildren } from "preact";
import { href, place } from "../../lib/route";

const PARTS: [string, string][] = [["", "Models"], ["aliases", "Aliases"], ["keys", "Keys"], ["usage", "Usage"], ["try", "Try"]];

/** The head of each part: what it is called, and the way to the others. */
export function Head({ says, children }: { says?: string; children?: ComponentChildren }) {
  const part = place.value.query.part ?? "";
  return (
    <>
      <div class="page-head"><h1 tabIndex={-1}>Inference</h1><p class="muted">{says}</p>{children}</div>
      <nav class="tabs" aria-label="Of inference">{PARTS.map(([key, label]) => <a key={key} href={href("inference", [], { part: key })} aria-current={key === part ? "true" : undefined}>{label}</a>)}</nav>
    </>
  );
}
