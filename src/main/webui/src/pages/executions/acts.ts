/** What can be done with an execution, from its page and by keys from a list: the same checks, the same calls. */
import { at, call, denied } from "../../api/http";
import type { Execution } from "../../api/types.gen";
import { askOf, type RetryChoice, whyNoRetry } from "../../lib/retry";
import type { Ask } from "../../ui/ask";

const FAILED = ["FAILED", "TIMEOUT", "CANCELLED"];
export const DONE = [...FAILED, "COMPLETED"];
type Run = Execution & { id: string };

export const whyNotAll = (one: Execution): string | null => denied() ?? whyNoRetry(one);
export const whyNotFailed = (one: Execution): string | null => whyNotAll(one) ?? (FAILED.includes(one.status ?? "") ? null : "Nothing of it failed");
export const whyNotCancelled = (one: Execution): string | null => denied() ?? (DONE.includes(one.status ?? "") ? "It has ended" : null);

export const CANCEL_ASKS = "Stop what runs, and drop what waits?";
export const retry = (id: string, choice: RetryChoice): Promise<unknown> => call("POST", at("executions", id, "retry"), choice);
export const cancel = (id: string): Promise<unknown> => call("POST", at("executions", id, "cancel"), { reason: "cancelled on the page" });

const nameOf = (one: Run): string => one.name ?? one.id;

/** Of `r` and `c`. */
export const keysOf = (ask: Ask): { keys: string; says: string; run: (one: Run) => void }[] => [
  { keys: "r", says: "Retry what failed…", run: (one) => ask.of({ label: "Retry", why: whyNotFailed(one), ask: `${nameOf(one)}: ${askOf(one.steps ?? [], {})}`, yes: "Yes, retry", run: () => retry(one.id, {}) }) },
  { keys: "c", says: "Cancel…", run: (one) => ask.of({ label: "Cancel", why: whyNotCancelled(one), ask: `${nameOf(one)}: ${CANCEL_ASKS}`, yes: "Yes, cancel it", danger: true, run: () => cancel(one.id) }) },
];
