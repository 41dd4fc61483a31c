import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { href, place } from "../../lib/route";
import { Aliases } from "./aliases";
import { Keys } from "./keys";
import { Callable } from "./callable";
import { Try } from "./try";

const PARTS: [string, string][] = [["", "Models"], ["aliases", "Aliases"], ["keys", "Keys"], ["usage", "Usage"], ["try", "Try"]];

/** The head of each part: what it is called, and the way to the others. */
export function Head({ says, children }: { says?: string; children?: preact.ComponentChildren }) {
  const part = place.value.query.part ?? "";
  return (
    <>
      <div class="page-head"><h1 tabIndex={-1}>Inference</h1><p class="muted">{says}</p>{children}</div>
      <nav class="tabs" aria-label="Of inference">{PARTS.map(([key, label]) => <a key={key} href={href("inference", [], { part: key })} aria-current={key === part ? "true" : undefined}>{label}</a>)}</nav>
    </>
  );
}

export function Inference() {
  const { query } = place.value;
  switch (query.part) {
    case "aliases": return <Aliases />;
    case "keys": return <Keys />;
    case "usage": return <Later />;
    case "try": return <Try key={query.model ?? ""} />;
    default: return <Callable />;
  }
}

/** Charts come with their library only when somebody looks at them. */
function Later() {
  const loaded = useSignal<ComponentType | null>(null);
  useEffect(() => { void import("./usage").then((it) => { loaded.value = it.UsagePart; }); }, []);
  const Usage = loaded.value;
  return Usage ? <Usage /> : <main id="main" aria-busy="true"><Head /></main>;
}
