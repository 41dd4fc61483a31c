/** "Copy as": what is on screen, for a terminal. The view that is open says what it is. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { curl } from "../lib/command";
import { Copy } from "./basic";
import { Icon } from "./icons";

/** A call of the API, a command of the command line, or the same as both. */
interface Shown { method?: string; path?: string; body?: unknown; cli?: string }

const shown = signal<Shown[]>([]);
export const commandsOpen = signal(false);

/** The calls that give what this view shows. */
export function useCommands(commands: Shown[]): void {
  const key = JSON.stringify(commands);
  useEffect(() => {
    shown.value = commands;
    return () => { if (shown.value === commands) shown.value = []; };
  }, [key]);
}

const asCurl = (one: Shown): string | undefined => one.path && curl(location.origin, one.method ?? "GET", one.path, one.body);

export const firstCommand = (): string | undefined => shown.value[0] && (shown.value[0].cli ?? asCurl(shown.value[0]));

export function CommandMenu() {
  if (shown.value.length === 0) return null;
  return (
    <details class="menu-box copy-as" open={commandsOpen.value} onToggle={(event) => { commandsOpen.value = event.currentTarget.open; }}
      onFocusOut={(event) => { if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget as Element)) commandsOpen.value = false; }}>
      <summary class="btn quiet" title="The same for a terminal (Y copies it)"><span class="word">Copy as</span><Icon name="api" /></summary>
      <div class="menu-panel wide">
        <p class="muted">The same for a terminal. <code>AIWM_TOKEN</code> is an API key, or the token of a login.</p>
        {shown.value.flatMap((one) => [one.cli, asCurl(one)]).filter((text): text is string => Boolean(text)).map((text) => (
          <Copy key={text} text={text}><code>{text}</code></Copy>
        ))}
      </div>
    </details>
  );
}
