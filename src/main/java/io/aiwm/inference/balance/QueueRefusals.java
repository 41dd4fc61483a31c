package io.aiwm.inference.balance;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.route.GatewayConfig.Deployed;
import java.util.Locale;

/** Why a call gets no place, in words for its caller. */
final class QueueRefusals {
    private static final long SOON_SECONDS = 5;

    private QueueRefusals() {}

    /** @param deployed null: not known yet */
    static GatewayError notReady(Deployed deployed) {
        String what = deployed == null
                ? "the model is not ready"
                : deployed.name() + " has no replica that is ready; it is "
                        + String.valueOf(deployed.state()).toLowerCase(Locale.ROOT)
                        + (deployed.reason() == null ? "" : ": " + deployed.reason());
        return new GatewayError(503, "model_not_ready", what, null, SOON_SECONDS);
    }

    static GatewayError noneLeft(Deployed deployed) {
        return GatewayError.of(503, "no_replica_left", "every replica of " + deployed.name() + " failed this call");
    }

    static GatewayError full(Deployed deployed, int waiting, long seconds) {
        return new GatewayError(
                429,
                "queue_full",
                deployed.name() + " has " + waiting + " calls waiting and takes no more",
                null,
                seconds);
    }

    static GatewayError notIdle(Deployed deployed) {
        String what = deployed == null ? "the model" : deployed.name();
        return new GatewayError(503, Balancer.NOT_IDLE, what + " has no idle replica", null, 1);
    }

    static GatewayError timeout(Deployed deployed, long seconds) {
        return new GatewayError(
                504, "queue_timeout", "no replica of " + deployed.name() + " had a place in time", null, seconds);
    }
}
