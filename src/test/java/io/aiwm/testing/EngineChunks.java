package io.aiwm.testing;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** What an OpenAI-compatible service sends: frames, pieces of a stream, calls of tools. */
final class EngineChunks {
    private EngineChunks() {}

    static JsonObject call(int index, String arguments) {
        return new JsonObject()
                .put("index", index)
                .put("id", "call_" + index)
                .put("type", "function")
                .put("function", new JsonObject().put("name", "weather").put("arguments", arguments));
    }

    static JsonObject chunk(JsonObject delta, String finish) {
        return frame(
                "chat.completion.chunk",
                new JsonObject().put("index", 0).put("delta", delta).put("finish_reason", finish));
    }

    static JsonObject frame(String object, JsonObject choice) {
        return new JsonObject()
                .put("id", "chatcmpl-0123456789")
                .put("object", object)
                .put("created", 1)
                .put("model", "scripted")
                .put("choices", choice == null ? new JsonArray() : new JsonArray().add(choice));
    }

    static void begin(HttpServerResponse response) {
        response.setChunked(true).putHeader("Content-Type", "text/event-stream");
    }

    static Future<Void> event(HttpServerResponse response, JsonObject data) {
        return response.write("data: " + data.encode() + "\n\n");
    }
}
