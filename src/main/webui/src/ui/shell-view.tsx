import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShellEnd } from "../api/shell";
import { terminalSize } from "../lib/settings";
import { Button } from "./button";
import { Copy } from "./basic";
import type { ShellTab } from "./dock-tab";
import type { OpenTerminal } from "./terminal";

const SIZES = [12, 13, 15, 18] as const;
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000];
const MOST_TRIES = 20;

function endWords(end: ShellEnd): string {
  if (end.lost) return "The connection was lost, and with it the shell";
  if (end.error) return "No shell: " + end.error;
  return `It has ended with exit code ${end.exitCode ?? "unknown"}`;
}

/** A shell in a container. Its connection is all that keeps it: who comes back gets a new one, and is told so. */
export function ShellView({ tab, hidden }: { tab: ShellTab; hidden: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<OpenTerminal | undefined>(undefined);
  const state = useSignal("Opening…");
  const open = useSignal(false);

  const connect = () => {
    state.value = "Opening…";
    void terminal.current?.connect();
  };
  useEffect(() => {
    let here = true;
    let tries = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ended = (end: ShellEnd) => {
      const was = open.value;
      open.value = false;
      state.value = endWords(end);
      // who was in one gets another by itself; who has none asks for it
      // after a restart of the controller its node is back a moment later than the controller
      const again = was ? end.lost : tries > 0 && end.exitCode === undefined;
      if (!again || tries >= MOST_TRIES) return;
      state.value += "; a new one is opened soon";
      timer = setTimeout(connect, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    };
    import("./terminal").then((it) => {
      if (!here || !box.current) return;
      terminal.current = it.openTerminal(box.current, tab.path, {
        begun: () => { open.value = true; tries = 0; state.value = "Open"; terminal.current?.focus(); },
        ended,
        leave: () => box.current?.closest(".dock")?.querySelector<HTMLElement>(".dock-tab.front button")?.focus(),
      });
      connect();
    }, () => { state.value = "The terminal could not be loaded. Reload the page."; });
    return () => {
      here = false;
      clearTimeout(timer);
      terminal.current?.close();
    };
  }, [tab.key]);
  useEffect(() => {
    if (hidden) return;
    terminal.current?.fit();
    terminal.current?.focus();
  }, [hidden]);
  return (
    <div class="log shell" hidden={hidden}>
      <div class="log-bar">
        <span role="status">{state.value}</span>
        {!open.value && state.value !== "Opening…" && <Button label="Open a new shell" kind="quiet" onPress={connect} />}
        <span class="muted keys-say"><kbd>Shift</kbd> <kbd>Esc</kbd> leaves the terminal, <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>C</kbd> copies</span>
        <label class="inline end">Size
          <select value={terminalSize.value} onChange={(event) => { terminalSize.value = Number(event.currentTarget.value) as 13; }}>{SIZES.map((size) => <option key={size} value={size}>{size}</option>)}</select>
        </label>
        <Copy button text={tab.command}>Copy as a command</Copy>
      </div>
      <div class="shell-box" ref={box} />
    </div>
  );
}
