package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;

/** Which models a caller may call. */
public final class AllowedModels {
    private AllowedModels() {}

    /** Whether its key and its team allow it; who may call a model may call each version of it. */
    public static boolean allows(Caller caller, String model) {
        if (caller.limits().models() == null && caller.teamLimits().models() == null) {
            return true;
        }
        int at = model.lastIndexOf('@');
        String bare = at > 0 ? model.substring(0, at) : model;
        return (caller.limits().allows(model) || caller.limits().allows(bare))
                && (caller.teamLimits().allows(model) || caller.teamLimits().allows(bare));
    }

    /**
     * Whether it may send any request to the server of a deployment. What passes there as it is has no count of its tokens, so that it would
     * go past limits on them.
     */
    static void checkProxy(Caller caller, String deployment) {
        check(caller, deployment);
        if (caller.limits().limitsTokens() || caller.teamLimits().limitsTokens()) {
            throw refused(
                    "the tokens of this key or of its team are limited, and calls below /proxy are not counted; use /v1");
        }
        boolean may = switch (caller.proxyRight()) {
            case ALL -> true;
            case NAMED ->
                caller.limits().models() != null && caller.limits().models().contains(deployment);
            case NONE -> false;
        };
        if (!may) {
            throw refused(
                    "/proxy is for the role OPERATOR, and for keys to which an administrator gave this deployment by its name"
                            + " in limits.models");
        }
    }

    private static GatewayError.Refused refused(String why) {
        return GatewayError.of(403, "proxy_not_allowed", why).refused();
    }

    static void check(Caller caller, String model) {
        if (!allows(caller, model)) {
            throw new GatewayError(403, "model_not_allowed", "this key may not call the model " + model, "model", 0)
                    .refused();
        }
    }
}
