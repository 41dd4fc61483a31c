package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * How a caller's API is carried by OpenAI chat completions. One object serves all calls. Requests that cannot be translated fail with
 * {@link GatewayError.Refused}, which names the field in the caller's words.
 */
public interface Dialect {
    /** The body for {@code /v1/chat/completions}, which says {@code stream} as the caller did. Fields without meaning there pass. */
    JsonObject request(JsonObject asked);

    /** The caller's answer. @param asked the caller's request. @param answered a chat completion */
    JsonObject answer(JsonObject asked, JsonObject answered);

    /** Translates the stream of one call. Fails as {@link #request} does. @param asked the caller's request */
    Stream stream(JsonObject asked);

    /** Body of an error that is answered with its status. */
    Buffer error(GatewayError error);

    /** Translates chunks of a chat completion to the caller's events; not thread-safe; used for one call. */
    interface Stream {
        /** What to send for one chunk; may be empty. Complete server-sent events. Does not fail. */
        Buffer chunk(JsonObject chunk);

        /** What to send after the last chunk. */
        Buffer end();

        /** What to send in place of {@link #end} when the answer breaks off. */
        Buffer broken(GatewayError error);

        /**
         * Whether nothing more will be sent: it has ended, or {@link #chunk} was given what is no part of a chat completion and has
         * returned an error for the caller. The upstream can be left then.
         */
        boolean isOver();

        /** What the caller was told that the answer failed with; null: nothing. */
        GatewayError error();
    }
}
