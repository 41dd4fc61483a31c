/** What the reader chose for this browser; kept where it stays after a restart of it. */
import { effect, signal, type Signal } from "@preact/signals";
import type { CallForm } from "./call-code";
import type { TimeForm } from "./format";
import type { View } from "./views";

function kept<T>(key: string, first: T): Signal<T> {
  const name = "aiwm." + key;
  let start = first;
  try {
    const text = localStorage.getItem(name);
    if (text !== null) start = JSON.parse(text) as T;
  } catch {
    // a browser that keeps nothing, or something of another version: as if nothing had been chosen
  }
  const value = signal(start);
  let born = true;
  effect(() => {
    const now = JSON.stringify(value.value);
    if (born) { born = false; return; }
    try {
      localStorage.setItem(name, now);
    } catch {
      // then it is forgotten with the page
    }
  });
  return value;
}

export type Theme = "system" | "dark" | "light" | "contrast";
export const THEMES: Theme[] = ["system", "dark", "light", "contrast"];

export const theme = kept<Theme>("theme", "system");
export const timeForm = kept<TimeForm>("time", "relative");
export const railSmall = kept("railSmall", false);
export const density = kept<"compact" | "normal" | "roomy">("density", "normal");
export const inspectorWide = kept("inspectorWide", false);
export const letterKeys = kept("letterKeys", true);
export const logWrap = kept("logWrap", false);
export const logTimes = kept("logTimes", false);
/** By the name of the list. */
export const keptColumns = kept<Record<string, string[]>>("columns", {});
/** By page. */
export const savedViews = kept<Record<string, View[]>>("views", {});
export const terminalSize = kept<12 | 13 | 15 | 18>("terminalSize", 13);
/** In which language a call is shown. */
export const callForm = kept<CallForm>("callForm", "curl");
export const dockHeight = kept("dockHeight", 240);

/** Counts changes of what the system prefers, for what is painted in colours that are read once. */
export const systemColours = signal(0);

export const ROW_HEIGHT = { compact: 26, normal: 32, roomy: 40 } as const;

export function startTheme(): void {
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", () => { systemColours.value++; });
  }
  effect(() => {
    const root = document.documentElement;
    if (theme.value === "system") delete root.dataset.theme;
    else root.dataset.theme = theme.value;
    root.dataset.density = density.value;
  });
}
