package io.aiwm.inference.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads what a stream sends as a client does, and checks the order of it. */
final class SentEvents {
    final List<JsonObject> all = new ArrayList<>();

    /** Each call sends complete events. */
    SentEvents add(Buffer sent) {
        if (sent.length() == 0) {
            return this;
        }
        String text = sent.toString();
        assertThat(text).endsWith("\n\n");
        for (String event : text.substring(0, text.length() - 2).split("\n\n", -1)) {
            String[] lines = event.split("\n", -1);
            assertThat(lines).as(event).hasSize(2);
            assertThat(lines[1]).startsWith("data: ");
            var data = new JsonObject(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + data.getString("type"));
            all.add(data);
        }
        return this;
    }

    List<String> types() {
        return all.stream().map(event -> event.getString("type")).toList();
    }

    /** A client may write each piece to a terminal as it comes. */
    SentEvents inWholeCharacters() {
        assertThat(all).allMatch(event -> StandardCharsets.UTF_8.newEncoder().canEncode(event.encode()));
        return this;
    }

    JsonObject last() {
        return all.get(all.size() - 1);
    }

    /** What Anthropic's client makes of it; fails where an event comes out of order. */
    JsonObject message() {
        assertThat(all.get(0).getString("type")).isEqualTo("message_start");
        assertThat(last().getString("type")).isEqualTo("message_stop");
        JsonObject message = all.get(0).getJsonObject("message");
        assertThat(message.getJsonArray("content")).isEmpty();
        var blocks = new Blocks();
        for (JsonObject event : all.subList(1, all.size() - 1)) {
            assertThat(message.getString("stop_reason")).as("the end").isNull();
            if (event.getString("type").equals("message_delta")) {
                assertThat(blocks.open).as("open").isEqualTo(-1);
                message.mergeIn(event.getJsonObject("delta")).put("usage", event.getJsonObject("usage"));
            } else {
                blocks.add(event);
            }
        }
        assertThat(message.getString("stop_reason")).as("the end").isNotNull();
        return message.put("content", blocks.content);
    }

    /** The content of a message of Anthropic's API. */
    private static final class Blocks {
        private final JsonArray content = new JsonArray();
        private final StringBuilder json = new StringBuilder();
        private int open = -1;

        private void add(JsonObject event) {
            int index = event.getInteger("index");
            switch (event.getString("type")) {
                case "content_block_start" -> {
                    assertThat(open).as("open").isEqualTo(-1);
                    assertThat(index).isEqualTo(content.size());
                    open = index;
                    content.add(event.getJsonObject("content_block"));
                    json.setLength(0);
                }
                case "content_block_delta" -> {
                    assertThat(index).isEqualTo(open);
                    delta(content.getJsonObject(open), event.getJsonObject("delta"));
                }
                case "content_block_stop" -> {
                    assertThat(index).isEqualTo(open);
                    if (!json.isEmpty()) {
                        content.getJsonObject(open).put("input", new JsonObject(json.toString()));
                    }
                    open = -1;
                }
                default -> throw new AssertionError(event.getString("type"));
            }
        }

        private void delta(JsonObject block, JsonObject delta) {
            if (delta.getString("type").equals("text_delta")) {
                assertThat(block.getString("type")).isEqualTo("text");
                block.put("text", block.getString("text") + delta.getString("text"));
            } else {
                assertThat(delta.getString("type")).isEqualTo("input_json_delta");
                assertThat(block.getString("type")).isEqualTo("tool_use");
                json.append(delta.getString("partial_json"));
            }
        }
    }

    /** What OpenAI's client makes of it, which must be what the last event says; fails where an event comes out of order. */
    JsonObject response() {
        JsonArray output = new JsonArray();
        JsonObject response = null;
        for (int i = 0; i < all.size(); i++) {
            JsonObject event = all.get(i);
            assertThat(event.getInteger("sequence_number")).isEqualTo(i);
            String type = event.getString("type");
            if (i < 2) {
                assertThat(type).isEqualTo(i == 0 ? "response.created" : "response.in_progress");
                assertThat(event.getJsonObject("response").getString("status")).isEqualTo("in_progress");
            } else if (i == all.size() - 1) {
                response = event.getJsonObject("response");
                assertThat(type).isEqualTo("response." + response.getString("status"));
            } else {
                item(event, output);
            }
        }
        assertThat(response).as("the last event").isNotNull();
        if (!response.getString("status").equals("failed")) {
            assertThat(output).isEqualTo(response.getJsonArray("output"));
        }
        return response;
    }

    private static void item(JsonObject event, JsonArray output) {
        int index = event.getInteger("output_index");
        if (event.getString("type").equals("response.output_item.added")) {
            assertThat(index).isEqualTo(output.size());
            assertThat(index == 0
                            || !output.getJsonObject(index - 1)
                                    .getString("status")
                                    .equals("in_progress"))
                    .as("the item before has ended")
                    .isTrue();
            output.add(event.getJsonObject("item").copy());
            return;
        }
        assertThat(index).isEqualTo(output.size() - 1);
        JsonObject item = output.getJsonObject(index);
        assertThat(item.getString("status")).isEqualTo("in_progress");
        if (event.getString("type").equals("response.output_item.done")) {
            JsonObject done = event.getJsonObject("item");
            assertThat(item.copy().put("status", done.getString("status"))).isEqualTo(done);
            output.set(index, done);
            return;
        }
        assertThat(event.getString("item_id")).isEqualTo(item.getString("id"));
        JsonArray content = item.getJsonArray("content");
        switch (event.getString("type")) {
            case "response.content_part.added" ->
                content.add(event.getJsonObject("part").copy());
            case "response.content_part.done" ->
                assertThat(content.getJsonObject(event.getInteger("content_index")))
                        .isEqualTo(event.getJsonObject("part"));
            case "response.output_text.delta" -> append(content.getJsonObject(0), "text", event);
            case "response.refusal.delta" -> append(content.getJsonObject(0), "refusal", event);
            case "response.function_call_arguments.delta" -> append(item, "arguments", event);
            case "response.output_text.done" -> same(content.getJsonObject(0), "text", event);
            case "response.refusal.done" -> same(content.getJsonObject(0), "refusal", event);
            case "response.function_call_arguments.done" -> same(item, "arguments", event);
            default -> throw new AssertionError(event.getString("type"));
        }
    }

    private static void append(JsonObject to, String name, JsonObject event) {
        to.put(name, to.getString(name) + event.getString("delta"));
    }

    private static void same(JsonObject in, String name, JsonObject event) {
        assertThat(in.getString(name)).isEqualTo(event.getString(name));
    }
}
