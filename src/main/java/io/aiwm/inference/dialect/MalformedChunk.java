package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;

/** What an upstream sent is no part of a chat completion. Says where, not what: it may hold parts of an answer. */
final class MalformedChunk extends RuntimeException {
    private static final long serialVersionUID = 1;

    MalformedChunk(String what) {
        super("The model's server sent an answer that cannot be read: " + what + ".", null, false, false);
    }

    GatewayError error() {
        return GatewayError.of(502, "upstream_malformed", getMessage());
    }
}
