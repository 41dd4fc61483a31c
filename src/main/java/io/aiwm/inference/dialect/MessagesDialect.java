package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** Anthropic's Messages API. */
public final class MessagesDialect implements Dialect {
    @Override
    public JsonObject request(JsonObject asked) {
        return MessagesRequest.chat(asked);
    }

    /**
     * The answer to {@code count_tokens}. An estimate: the engine's tokenizer is not asked. Fails as {@link #request} does, but does
     * not ask for {@code max_tokens}.
     */
    public JsonObject countTokens(JsonObject asked) {
        return new JsonObject().put("input_tokens", TokenEstimate.of(MessagesRequest.prompt(asked)));
    }

    @Override
    public JsonObject answer(JsonObject asked, JsonObject answered) {
        return MessagesAnswer.of(asked, answered);
    }

    @Override
    public Stream stream(JsonObject asked) {
        return new MessagesStream(asked);
    }

    @Override
    public Buffer error(GatewayError error) {
        return ErrorShape.anthropic(error).toBuffer();
    }
}
