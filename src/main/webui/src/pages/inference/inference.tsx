import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { place } from "../../lib/route";
import { Aliases } from "./aliases";
import { Keys } from "./keys";
import { Callable } from "./callable";
import { Head } from "./head";
import { Try } from "./try";

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
