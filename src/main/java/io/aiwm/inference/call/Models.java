package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;

/** Which models a caller may call. */
public final class Models {
    private Models() {}

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

    /** What passes to a server as it is has no count of its tokens, so that it would go past limits on them. */
    static void checkPassing(Caller caller, String deployment) {
        check(caller, deployment);
        if (caller.limits().limitsTokens() || caller.teamLimits().limitsTokens()) {
            throw GatewayError.of(
                            403,
                            "proxy_not_allowed",
                            "the tokens of this key or of its team are limited, and calls below /proxy are not counted;"
                                    + " use /v1")
                    .refused();
        }
    }

    static void check(Caller caller, String model) {
        if (!allows(caller, model)) {
            throw new GatewayError(403, "model_not_allowed", "this key may not call the model " + model, "model", 0)
                    .refused();
        }
    }
}
