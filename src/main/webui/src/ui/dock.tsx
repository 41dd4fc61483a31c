/** Logs at the lower edge: they stay while one goes from page to page. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { dockHeight } from "../lib/settings";
import { LogView } from "./log-view";

export interface LogTab {
  key: string;
  title: string;
  /** Without a query: `follow` and `tail` are added. */
  path: string;
  query?: Record<string, string>;
}

const MOST_TABS = 4;
const tabs = signal<LogTab[]>([]);
const front = signal("");

/** Opens a log, or brings it to the front; of five the one that was opened first goes. */
export function showLog(tab: LogTab): void {
  if (!tabs.value.some((other) => other.key === tab.key)) tabs.value = [...tabs.value, tab].slice(-MOST_TABS);
  front.value = tab.key;
}

function close(key: string): void {
  tabs.value = tabs.value.filter((tab) => tab.key !== key);
  if (front.value === key) front.value = tabs.value.at(-1)?.key ?? "";
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
    <section class="dock" aria-label="Logs" ref={box}>
      <div class="grip" role="separator" aria-orientation="horizontal" aria-label="Height of the logs" aria-valuenow={dockHeight.value} aria-valuemin={120} aria-valuemax={2000} tabIndex={0} onPointerDown={size} onKeyDown={nudge} />
      <div class="dock-tabs">
        {tabs.value.map((tab) => (
          <span key={tab.key} class={"dock-tab" + (tab.key === front.value ? " front" : "")}>
            <button type="button" aria-pressed={tab.key === front.value} onClick={() => { front.value = tab.key; }}>{tab.title}</button>
            <button type="button" aria-label={"Close the log of " + tab.title} onClick={() => close(tab.key)}>✕</button>
          </span>
        ))}
      </div>
      {tabs.value.map((tab) => <LogView key={tab.key} tab={tab} hidden={tab.key !== front.value} />)}
    </section>
  );
}
