package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;

/** What messages of Anthropic's API hold, as messages of chat completions. */
final class MessagesContent {
    private MessagesContent() {}

    /** Text, or blocks of text; empty where it is absent. */
    static String system(Fields in, String name) {
        if (!(in.value(name) instanceof JsonArray)) {
            return in.text(name, "");
        }
        var lines = new ArrayList<String>();
        for (Fields block : in.objects(name)) {
            if (!block.requiredText("type").equals("text")) {
                throw block.wrong("type", "must be text");
            }
            lines.add(block.requiredText("text"));
        }
        return String.join("\n", lines);
    }

    /** Adds the results of tools as messages of their own, then all else as one. */
    static void user(Fields message, JsonArray to) {
        if (!(message.value("content") instanceof JsonArray)) {
            to.add(new JsonObject().put("role", "user").put("content", message.requiredText("content")));
            return;
        }
        var rest = new ContentParts();
        for (Fields block : message.objects("content")) {
            switch (block.requiredText("type")) {
                case "tool_result" -> to.add(result(block, rest));
                case "text", "image", "document" -> part(block, rest);
                default -> throw block.wrong("type", "is not supported");
            }
        }
        if (!rest.isEmpty()) {
            to.add(new JsonObject().put("role", "user").put("content", rest.content()));
        }
    }

    /** @param beside takes the images, which a message of a tool cannot hold */
    private static JsonObject result(Fields block, ContentParts beside) {
        var text = new ContentParts();
        if (block.value("content") instanceof JsonArray) {
            for (Fields inner : block.objects("content")) {
                part(inner, inner.requiredText("type").equals("image") ? beside : text);
            }
        } else if (block.has("content")) {
            text.text(block.text("content"));
        }
        String said = text.joined();
        if (block.flag("is_error")) {
            said = said.isEmpty() ? "Error" : "Error: " + said;
        }
        return new JsonObject()
                .put("role", "tool")
                .put("tool_call_id", block.requiredText("tool_use_id"))
                .put("content", said);
    }

    private static void part(Fields block, ContentParts to) {
        switch (block.requiredText("type")) {
            case "text" -> to.text(block.requiredText("text"));
            case "image" -> to.image(image(block.requiredObject("source")), null);
            case "document" -> {
                Fields source = block.requiredObject("source");
                if (!source.requiredText("type").equals("text")) {
                    throw source.wrong("type", "only documents of plain text are supported");
                }
                to.text(source.requiredText("data"));
            }
            default -> throw block.wrong("type", "is not supported");
        }
    }

    private static String image(Fields source) {
        return switch (source.requiredText("type")) {
            case "base64" -> "data:" + source.requiredText("media_type") + ";base64," + source.requiredText("data");
            case "url" -> source.requiredText("url");
            default -> throw source.wrong("type", "must be base64 or url");
        };
    }

    static JsonObject assistant(Fields message) {
        var answer = new JsonObject().put("role", "assistant");
        if (!(message.value("content") instanceof JsonArray)) {
            return answer.put("content", message.requiredText("content"));
        }
        var text = new StringBuilder();
        var calls = new JsonArray();
        for (Fields block : message.objects("content")) {
            switch (block.requiredText("type")) {
                case "text" -> text.append(block.requiredText("text"));
                case "tool_use" -> calls.add(call(block));
                case "thinking", "redacted_thinking" -> {
                    // only the model that thought it can read it
                }
                default -> throw block.wrong("type", "is not supported");
            }
        }
        answer.put("content", text.isEmpty() && !calls.isEmpty() ? null : text.toString());
        return calls.isEmpty() ? answer : answer.put("tool_calls", calls);
    }

    private static JsonObject call(Fields block) {
        Fields input = block.object("input");
        var function = new JsonObject()
                .put("name", block.requiredText("name"))
                .put("arguments", input == null ? "{}" : input.json.encode());
        return new JsonObject()
                .put("id", block.requiredText("id"))
                .put("type", "function")
                .put("function", function);
    }
}
