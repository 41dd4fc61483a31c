/** What a key asks of a row before it is done: the same two steps as a button's, above the list. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "./announce";
import { Notice } from "./basic";
import { Button, useAct } from "./button";

interface Asked {
  /** As the button that does the same. */
  label: string;
  /** Why not, in words; null: it may. */
  why: string | null;
  ask: string;
  yes: string;
  danger?: boolean;
  run: () => Promise<unknown>;
}

export interface Ask {
  /** Asks, or says why not. */
  of: (asked: Asked) => void;
  /** Where it is asked. */
  at: preact.VNode;
}

export function useAsk(after?: () => unknown): Ask {
  const asked = useSignal<Asked | null>(null);
  const { act, problem } = useAct(after);
  const before = useRef<Element | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { if (asked.value) box.current?.querySelector<HTMLElement>(".btn")?.focus(); }, [asked.value]);
  const end = () => {
    asked.value = null;
    if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus({ preventScroll: true });
  };
  const now = asked.value;
  return {
    of: (next) => {
      if (next.why) return announce(next.why);
      before.current = document.activeElement;
      asked.value = next;
    },
    at: <>
      <Notice>{problem.value}</Notice>
      {now && <div ref={box} class={"confirm row-ask " + (now.danger ? "danger" : "primary")} role="group" aria-label={now.ask}
        onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); end(); } }}>
        <span>{now.ask}</span>
        <Button label={now.yes} kind={now.danger ? "danger" : "primary"} onPress={() => { end(); return act(now.label, now.run); }} />
        <Button label="No" onPress={end} />
      </div>}
    </>,
  };
}
