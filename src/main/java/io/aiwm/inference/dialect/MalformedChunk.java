package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.json.JsonObject;

/**
 * What an upstream sent is no part of a chat completion. Says where, not what, as it may hold parts of an answer; but what it gives as an
 * error is told to the caller.
 */
final class MalformedChunk extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MOST_MESSAGE_CHARS = 2_000;

    private final String code;

    MalformedChunk(String what) {
        this("upstream_malformed", "The model's server sent an answer that cannot be read: " + what + ".");
    }

    private MalformedChunk(String code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** @param said what stands in the field {@code error}: an object, or a text */
    static MalformedChunk error(Object said) {
        Object message = said instanceof JsonObject object ? object.getValue("message") : said;
        if (!(message instanceof String text) || text.isBlank()) {
            return new MalformedChunk("an error in place of a part");
        }
        return new MalformedChunk(
                "upstream_error", text.length() > MOST_MESSAGE_CHARS ? text.substring(0, MOST_MESSAGE_CHARS) : text);
    }

    GatewayError error() {
        return GatewayError.of(502, code, getMessage());
    }
}
