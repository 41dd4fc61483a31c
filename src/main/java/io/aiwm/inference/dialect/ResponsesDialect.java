package io.aiwm.inference.dialect;

import io.aiwm.inference.GatewayError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;

/** OpenAI's Responses API, without what needs a memory of earlier answers. */
public final class ResponsesDialect implements Dialect {
    private final InstantSource clock;

    public ResponsesDialect(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public JsonObject request(JsonObject asked) {
        return ResponsesRequest.chat(asked);
    }

    @Override
    public JsonObject answer(JsonObject asked, JsonObject answered) {
        return ResponsesAnswer.of(asked, answered, now());
    }

    @Override
    public Stream stream(JsonObject asked) {
        return new ResponsesStream(asked, now());
    }

    @Override
    public Buffer error(GatewayError error) {
        return ErrorShape.openAi(error);
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
