import { useSignal } from "@preact/signals";
import { call, Refusal } from "../api/http";
import { type Act, Confirm } from "./button";

interface DeleteProps {
  ask: string;
  /** Of the record. */
  path: string;
  why?: string | null;
  act: Act;
  onDone?: (go: (to: string) => void) => void;
}

/** Deletes what others may use. Where it is refused for that, the refusal says by whom, and one can do it all the same. */
export function Delete({ ask, path, why, act, onDone }: DeleteProps) {
  const used = useSignal(false);
  const run = () => act("Delete", async (go) => {
    try {
      await call("DELETE", path + (used.value ? "?force=true" : ""));
    } catch (cause) {
      used.value = cause instanceof Refusal && cause.errors.some((error) => error.pointer === "query:force");
      throw cause;
    }
    onDone?.(go);
  });
  return used.value
    ? <Confirm key="used" label="Delete all the same" ask={ask + " What uses it will fail."} yes="Yes, delete" why={why} onPress={run} />
    : <Confirm key="unused" label="Delete" ask={ask} yes="Yes, delete" why={why} onPress={run} />;
}
