package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;

/** An answer of an upstream, and any way to send it in chunks. The same for the same seed. */
final class RandomAnswer {
    private static final String[] BITS = {
        "a", "word ", "\n\n", "\"", "\\", "{", "}", "[", "]", "🙂", "é", "</s>", "data: ", "\\u0041", "\t", "日本", ","
    };
    private static final String[] FINISHES = {"stop", "length", "tool_calls", "content_filter"};

    final Random random;
    final String text;
    final List<JsonObject> calls = new ArrayList<>();
    final String finish;
    final JsonObject usage;

    RandomAnswer(long seed) {
        random = new Random(seed);
        text = random.nextInt(4) == 0 ? "" : words(30);
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            var function = new JsonObject().put("name", "tool_" + i).put("arguments", arguments());
            calls.add(new JsonObject()
                    .put("id", "call_" + seed + "_" + i)
                    .put("type", "function")
                    .put("function", function));
        }
        finish = FINISHES[random.nextInt(FINISHES.length)];
        usage = new JsonObject()
                .put("prompt_tokens", 50)
                .put("completion_tokens", random.nextInt(100))
                .put("prompt_tokens_details", new JsonObject().put("cached_tokens", random.nextInt(50)));
    }

    private String words(int most) {
        var words = new StringBuilder();
        for (int i = random.nextInt(most) + 1; i > 0; i--) {
            words.append(BITS[random.nextInt(BITS.length)]);
        }
        return words.toString();
    }

    private String arguments() {
        var arguments = new JsonObject();
        for (int i = random.nextInt(4); i > 0; i--) {
            Object value = random.nextBoolean()
                    ? words(10)
                    : new JsonArray().add(new JsonObject().put(words(3), random.nextInt()));
            arguments.put("k" + i, value);
        }
        return random.nextBoolean() ? arguments.encode() : arguments.encodePrettily();
    }

    /** Not streamed. */
    JsonObject whole() {
        var message = new JsonObject().put("role", "assistant").put("content", text.isEmpty() ? null : text);
        if (!calls.isEmpty()) {
            message.put("tool_calls", new JsonArray(calls));
        }
        return frame().put(
                        "choices",
                        choices(new JsonObject().put("message", message).put("finish_reason", finish)))
                .put("usage", usage);
    }

    /** @param textFirst otherwise it comes between the calls, too */
    List<JsonObject> chunks(boolean textFirst) {
        var lines = new ArrayList<Queue<JsonObject>>();
        Queue<JsonObject> texts = new ArrayDeque<>();
        pieces(text).forEach(piece -> texts.add(new JsonObject().put("content", piece)));
        for (int i = 0; i < calls.size(); i++) {
            lines.add(pieces(i));
        }
        var deltas = new ArrayList<JsonObject>();
        deltas.add(new JsonObject().put("role", "assistant").put("content", random.nextBoolean() ? "" : null));
        if (textFirst) {
            deltas.addAll(texts);
        } else {
            lines.add(texts);
        }
        interleave(lines, deltas);
        var chunks = new ArrayList<JsonObject>();
        deltas.forEach(delta -> chunks.add(chunk(delta, null)));
        chunks.add(chunk(new JsonObject(), finish));
        chunks.add(frame().put("choices", new JsonArray()).put("usage", usage));
        return chunks;
    }

    /** The pieces of each stay in order, and calls begin in the order of their index, as with every server. */
    private void interleave(List<Queue<JsonObject>> lines, List<JsonObject> to) {
        int begun = 0;
        while (lines.stream().anyMatch(line -> !line.isEmpty())) {
            int next = random.nextInt(lines.size());
            if (lines.get(next).isEmpty() || (next < calls.size() && next > begun)) {
                continue;
            }
            begun += next == begun && next < calls.size() ? 1 : 0;
            to.add(lines.get(next).remove());
        }
    }

    private Queue<JsonObject> pieces(int index) {
        Queue<JsonObject> pieces = new ArrayDeque<>();
        JsonObject call = calls.get(index).copy();
        String arguments = call.getJsonObject("function").getString("arguments");
        call.getJsonObject("function").put("arguments", "");
        pieces.add(toolCalls(call.put("index", index)));
        for (String piece : pieces(arguments)) {
            var function = new JsonObject().put("arguments", piece);
            pieces.add(toolCalls(new JsonObject().put("index", index).put("function", function)));
        }
        return pieces;
    }

    private static JsonObject toolCalls(JsonObject call) {
        return new JsonObject().put("tool_calls", new JsonArray().add(call));
    }

    private List<String> pieces(String whole) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < whole.length(); ) {
            int end = Math.min(whole.length(), at + 1 + random.nextInt(6));
            pieces.add(whole.substring(at, end));
            at = end;
        }
        return pieces;
    }

    static JsonObject chunk(JsonObject delta, String finish) {
        return frame().put(
                        "choices", choices(new JsonObject().put("delta", delta).put("finish_reason", finish)));
    }

    private static JsonObject frame() {
        return new JsonObject()
                .put("id", "chatcmpl-0123456789")
                .put("created", 7)
                .put("model", "the engine's word");
    }

    private static JsonArray choices(JsonObject choice) {
        return new JsonArray().add(choice.put("index", 0));
    }
}
