package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;

/** How many tokens a prompt may have, without a tokenizer: one for four bytes, some for each message and image. */
final class TokenEstimate {
    private static final int BYTES_PER_TOKEN = 4;
    private static final int PER_MESSAGE = 4;
    private static final int PER_IMAGE = 1_500;

    private TokenEstimate() {}

    static long ofText(long characters) {
        return (characters + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    /** @param chat a request for a chat completion that {@link MessagesRequest} or {@link ResponsesRequest} made */
    static long of(JsonObject chat) {
        long bytes = 0;
        long tokens = 0;
        JsonArray messages = chat.getJsonArray("messages");
        for (int i = 0; i < messages.size(); i++) {
            JsonObject message = messages.getJsonObject(i);
            tokens += PER_MESSAGE;
            bytes += bytes(message.getValue("tool_calls"));
            if (message.getValue("content") instanceof JsonArray parts) {
                for (int j = 0; j < parts.size(); j++) {
                    String text = parts.getJsonObject(j).getString("text");
                    tokens += text == null ? PER_IMAGE : 0;
                    bytes += bytes(text);
                }
            } else {
                bytes += bytes(message.getValue("content"));
            }
        }
        bytes += bytes(chat.getValue("tools"));
        return tokens + ofText(bytes);
    }

    private static long bytes(Object value) {
        if (value == null) {
            return 0;
        }
        String text = value instanceof JsonArray list ? list.encode() : value.toString();
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
