/** The terminal of a shell. Comes with its library when the first shell is opened. */
import { effect } from "@preact/signals";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { openShell, type ShellEnd, type ShellLine } from "../api/shell";
import { terminalSize, theme } from "../lib/settings";
import { Refusal, words } from "../api/http";

const SCROLLBACK = 5_000;
/** Colours that a program chooses are made so different from what is behind them that they can be read. */
const CONTRAST = 4.5;

/** Names of the sixteen colours, and the roles of the page that they have. */
const ROLES = {
  background: "bg", foreground: "text", cursor: "accent", cursorAccent: "bg", selectionBackground: "line",
  black: "muted", red: "fail", green: "ok", yellow: "warn", blue: "run", magenta: "violet", cyan: "accent", white: "text",
  brightBlack: "off", brightRed: "fail", brightGreen: "ok", brightYellow: "warn", brightBlue: "run", brightMagenta: "violet", brightCyan: "accent", brightWhite: "text",
} as const;

function colours(): Record<string, string> {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(Object.entries(ROLES).map(([name, role]) => [name, style.getPropertyValue("--" + role).trim()]));
}

export interface TerminalEvents {
  begun: () => void;
  ended: (end: ShellEnd) => void;
  /** The keys that leave the terminal were pressed. */
  leave: () => void;
}

export interface OpenTerminal {
  /** Opens a shell in it; what was printed stays. */
  connect: () => Promise<void>;
  focus: () => void;
  fit: () => void;
  close: () => void;
}

export function openTerminal(box: HTMLElement, path: string, events: TerminalEvents): OpenTerminal {
  const terminal = new Terminal({
    fontFamily: "HyperMono, ui-monospace, monospace", fontSize: terminalSize.value, theme: colours(), minimumContrastRatio: CONTRAST,
    scrollback: SCROLLBACK, cursorBlink: false, macOptionIsMeta: true,
  });
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  terminal.open(box);
  const encoder = new TextEncoder();
  let line: ShellLine | undefined;
  let closed = false;
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown") return true;
    if (event.key === "Escape" && event.shiftKey) {
      event.preventDefault();
      events.leave();
      return false;
    }
    if (event.ctrlKey && event.shiftKey && event.code === "KeyC") {
      event.preventDefault();
      void navigator.clipboard?.writeText(terminal.getSelection());
      return false;
    }
    return true;
  });
  terminal.onData((text) => line?.type(encoder.encode(text)));
  terminal.onBinary((text) => line?.type(Uint8Array.from(text, (each) => each.charCodeAt(0))));
  terminal.onResize(({ cols, rows }) => line?.resize(cols, rows));
  const fit = () => { if (box.offsetParent !== null && box.clientHeight > 0) fitting.fit(); };
  const watch = new ResizeObserver(fit);
  watch.observe(box);
  const dark = matchMedia("(prefers-color-scheme: light)");
  const paint = () => { terminal.options.theme = colours(); };
  dark.addEventListener("change", paint);
  const stopTheme = effect(() => {
    void theme.value;
    terminal.options.fontSize = terminalSize.value;
    // the page's own effect sets the theme first
    queueMicrotask(() => { paint(); fit(); });
  });
  const connect = async () => {
    fit();
    try {
      const opened = await openShell(path, terminal.cols, terminal.rows, {
        begun: () => {
          events.begun();
          fit();
          line?.resize(terminal.cols, terminal.rows);
        },
        printed: (bytes) => terminal.write(bytes),
        ended: (end) => {
          line = undefined;
          if (closed) return;
          terminal.write("\r\n");
          events.ended(end);
        },
      });
      if (closed) opened.close();
      else line = opened;
    } catch (cause) {
      // nobody answers, or not yet: as a connection that was lost
      const away = cause instanceof Refusal && (cause.status === 0 || cause.status === 503);
      events.ended(away ? { lost: true } : { error: words(cause) });
    }
  };
  return {
    connect, fit,
    focus: () => terminal.focus(),
    close: () => {
      closed = true;
      line?.close();
      stopTheme();
      watch.disconnect();
      dark.removeEventListener("change", paint);
      terminal.dispose();
    },
  };
}
