package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;

/** Why an {@link InternalCall} fails. */
final class InternalCallErrors {
    private InternalCallErrors() {}

    static GatewayError noModel(String name) {
        return new GatewayError(404, "model_not_found", "the model does not exist: " + name, "model", 0);
    }

    static GatewayError cancelled() {
        return GatewayError.of(499, "client_closed_request", "the call was cancelled");
    }

    static GatewayError stopped() {
        return GatewayError.of(504, "upstream_timeout", "the model's server has stopped to answer");
    }

    static GatewayError unreachable() {
        return GatewayError.of(502, "upstream_unreachable", "the model's server cannot be reached");
    }

    static GatewayError brokeOff() {
        return GatewayError.of(502, "upstream_broke_off", "the answer broke off");
    }
}
