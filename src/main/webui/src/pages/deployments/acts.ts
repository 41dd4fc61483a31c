/** What can be done with a deployment, from its details and by keys from the list: the same checks, the same calls. */
import { deployments } from "../../api/fleet";
import { at, call, denied } from "../../api/http";
import type { Deployment } from "../../api/types.gen";
import type { Ask } from "../../ui/ask";

const BUSY = ["PENDING", "DEPLOYING", "STOPPING", "RESTARTING", "UPDATING", "MOVING", "DELETING"];

export const whyBusy = (one: Deployment): string | null => (BUSY.includes(one.status) ? "An action is in progress" : null);
export const whyNotRestarted = (one: Deployment): string | null => denied() ?? whyBusy(one) ?? (one.status === "STOPPED" ? "It is stopped" : null);

export async function restart(one: Deployment, pull = false): Promise<void> {
  deployments.take([await call<Deployment>("POST", at("deployments", one.id, "restart") + (pull ? "?pull=true" : ""))]);
}

/** Of `r`. */
export const restartKey = (ask: Ask): { keys: string; says: string; run: (one: Deployment) => void } => ({
  keys: "r", says: "Restart…",
  run: (one) => ask.of({ label: "Restart", why: whyNotRestarted(one), ask: `Restart ${one.name}?`, yes: "Yes, restart it", run: () => restart(one) }),
});
