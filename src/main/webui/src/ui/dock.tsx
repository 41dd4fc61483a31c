/** Logs and shells at the lower edge: they stay while one goes from page to page. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { dockHeight } from "../lib/settings";
import type { LogTab, ShellTab } from "./dock-tab";
import { LogView } from "./log-view";
import { ShellView } from "./shell-view";

type Tab = { kind: "log"; of: LogTab } | { kind: "shell"; of: ShellTab };

const MOST_TABS = 4;
const tabs = signal<Tab[]>([]);
const front = signal("");

/** Opens a log, or brings it to the front; of five the one that was opened first goes. */
export const showLog = (tab: LogTab): void => show({ kind: "log", of: tab });

/** Opens a shell, or brings it to the front. */
export const showShell = (tab: ShellTab): void => show({ kind: "shell", of: tab });

function show(tab: Tab): void {
  if (!tabs.value.some((other) => other.of.key === tab.of.key)) {
    const kept = tabs.value.slice();
    // a log can be read again, a shell that is closed is gone
    if (kept.length >= MOST_TABS) kept.splice(Math.max(0, kept.findIndex((other) => other.kind === "log")), 1);
    tabs.value = [...kept, tab];
  }
  front.value = tab.of.key;
}

function close(key: string): void {
  tabs.value = tabs.value.filter((tab) => tab.of.key !== key);
  if (front.value === key) front.value = tabs.value.at(-1)?.of.key ?? "";
}

export function Dock() {
  const box = useRef<HTMLElement>(null);
  useEffect(() => { box.current?.style.setProperty("--dock", dockHeight.value + "px"); }, [dockHeight.value, tabs.value.length > 0]);
  if (tabs.value.length === 0) return null;
  const size = (event: PointerEvent) => {
    const start = event.clientY;
    const before = dockHeight.value;
    const at = event.currentTarget as HTMLElement;
    at.setPointerCapture(event.pointerId);
    at.onpointermove = (move) => { dockHeight.value = Math.round(Math.min(innerHeight - 160, Math.max(120, before + start - move.clientY))); };
    at.onpointerup = () => { at.onpointermove = null; };
  };
  const nudge = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? 24 : event.key === "ArrowDown" ? -24 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    dockHeight.value = Math.min(innerHeight - 160, Math.max(120, dockHeight.value + by));
  };
  return (
    <section class="dock" aria-label="Logs and shells" ref={box}>
      <div class="grip" role="separator" aria-orientation="horizontal" aria-label="Height of logs and shells" aria-valuenow={dockHeight.value} aria-valuemin={120} aria-valuemax={2000} tabIndex={0} onPointerDown={size} onKeyDown={nudge} />
      <div class="dock-tabs">
        {tabs.value.map(({ kind, of: tab }) => (
          <span key={tab.key} class={"dock-tab" + (tab.key === front.value ? " front" : "")}>
            <button type="button" aria-pressed={tab.key === front.value} onClick={() => { front.value = tab.key; }}>{kind === "shell" && <span class="prompt" aria-hidden="true">&gt;_ </span>}{tab.title}</button>
            <button type="button" aria-label={`Close the ${kind} of ${tab.title}`} onClick={() => close(tab.key)}>✕</button>
          </span>
        ))}
      </div>
      {tabs.value.map((tab) => (tab.kind === "log"
        ? <LogView key={tab.of.key} tab={tab.of} hidden={tab.of.key !== front.value} />
        : <ShellView key={tab.of.key} tab={tab.of} hidden={tab.of.key !== front.value} />))}
    </section>
  );
}
