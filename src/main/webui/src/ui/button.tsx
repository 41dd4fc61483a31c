import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { words } from "../api/http";
import { onward } from "../lib/route";
import { announce } from "./announce";

interface ButtonProps {
  label: string;
  /** Why it does nothing now, in words; null: it acts. */
  why?: string | null;
  onPress: () => unknown;
  kind?: "primary" | "danger" | "quiet";
  /** The key that does the same. */
  hint?: string;
  type?: "button" | "submit";
  children?: ComponentChildren;
}

/** What cannot be done now stays where it is, can be reached, and says why. */
export function Button({ label, why, onPress, kind, hint, type = "button", children }: ButtonProps) {
  return (
    <button
      type={type}
      class={"btn " + (kind ?? "")}
      aria-disabled={why ? "true" : undefined}
      title={why ?? (hint ? `${label} (${hint})` : undefined)}
      onClick={(event) => {
        if (why) {
          event.preventDefault();
          announce(why);
        } else void onPress();
      }}
    >
      {children ?? label}
    </button>
  );
}

interface ConfirmProps extends Omit<ButtonProps, "kind"> {
  /** What is asked, with what it will touch: "Drain 5 workloads?" */
  ask: string;
  yes?: string;
  kind?: "primary" | "danger";
  /** Typed by hand before it acts, for what cannot be undone. */
  typed?: string;
}

const PATIENCE_MS = 8_000;

/** Two steps in one place: the button turns into the question, and back by itself. */
export function Confirm({ label, ask, yes = "Yes", why, onPress, kind = "danger", hint, typed }: ConfirmProps) {
  const asking = useSignal(false);
  const text = useSignal("");
  useEffect(() => {
    if (!asking.value || typed) return undefined;
    const timer = setTimeout(() => { asking.value = false; }, PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [asking.value]);
  if (!asking.value) {
    return <Button label={label} why={why} hint={hint} kind={kind === "danger" ? "danger" : undefined} onPress={() => { asking.value = true; text.value = ""; }} />;
  }
  return (
    <span class={"confirm " + kind} role="group" aria-label={ask}>
      <span>{ask}</span>
      {typed && (
        <label class="inline">Type {typed}
          <input value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }} autocomplete="off" spellcheck={false} />
        </label>
      )}
      <Button
        label={yes}
        kind={kind}
        why={typed && text.value !== typed ? `Type ${typed} to go on` : null}
        onPress={async () => {
          asking.value = false;
          await onPress();
        }}
      />
      <Button label="Cancel" onPress={() => { asking.value = false; }} />
    </span>
  );
}

export type Act = (what: string, run: (go: (to: string) => void) => Promise<unknown>) => Promise<void>;

/** Runs what a button does, with a way on from here: says what went wrong, and that something is under way. */
export function useAct(after?: () => unknown) {
  const problem = useSignal("");
  const busy = useSignal("");
  const act: Act = async (what, run) => {
    const go = onward();
    problem.value = "";
    busy.value = what;
    try {
      await run(go);
      announce(what + ": done");
    } catch (cause) {
      problem.value = words(cause);
    } finally {
      busy.value = "";
      await after?.();
    }
  };
  return { act, problem, busy };
}
