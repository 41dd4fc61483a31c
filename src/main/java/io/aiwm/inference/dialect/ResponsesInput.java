package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** The input of a request of OpenAI's Responses API as messages of chat completions. */
final class ResponsesInput {
    private final JsonArray messages = new JsonArray();
    /** The last message, where it is the assistant's: calls that follow belong to it. */
    private JsonObject answer;

    private ResponsesInput() {}

    static JsonArray messages(Fields from) {
        var input = new ResponsesInput();
        String instructions = from.text("instructions");
        if (instructions != null && !instructions.isEmpty()) {
            input.add("system", instructions);
        }
        if (!from.has("input")) {
            throw from.wrong("input", "is required");
        }
        if (from.value("input") instanceof String text) {
            input.add("user", text);
            return input.messages;
        }
        if (!(from.value("input") instanceof JsonArray)) {
            throw from.wrong("input", "must be a string or a list");
        }
        List<Fields> items = from.objects("input");
        if (items.isEmpty()) {
            throw from.wrong("input", "must not be empty");
        }
        items.forEach(input::item);
        return input.messages;
    }

    private void item(Fields item) {
        String type = item.text("type", item.has("role") ? "message" : "");
        switch (type) {
            case "message" -> message(item);
            case "function_call" -> call(item);
            case "function_call_output" -> result(item);
            case "reasoning" -> {
                // only the model that reasoned can read it
            }
            case "item_reference" -> throw item.wrong("type", "is not supported: nothing is kept of earlier calls");
            default -> throw item.wrong("type", "must be message, function_call, function_call_output or reasoning");
        }
    }

    private void add(String role, Object content) {
        answer = null;
        messages.add(new JsonObject().put("role", role).put("content", content));
    }

    private void message(Fields item) {
        switch (item.requiredText("role")) {
            case "user" -> add("user", content(item, "content").content());
            case "system", "developer" -> add("system", content(item, "content").content());
            case "assistant" -> {
                add("assistant", content(item, "content").joined());
                answer = messages.getJsonObject(messages.size() - 1);
            }
            default -> throw item.wrong("role", "must be user, assistant, system or developer");
        }
    }

    private void call(Fields item) {
        if (answer == null) {
            add("assistant", null);
            answer = messages.getJsonObject(messages.size() - 1);
        }
        JsonArray calls = answer.getJsonArray("tool_calls");
        if (calls == null) {
            calls = new JsonArray();
            answer.put("tool_calls", calls);
        }
        var function = new JsonObject()
                .put("name", item.requiredText("name"))
                .put("arguments", item.requiredText("arguments"));
        calls.add(new JsonObject()
                .put("id", item.requiredText("call_id"))
                .put("type", "function")
                .put("function", function));
    }

    private void result(Fields item) {
        ContentParts parts = content(item, "output");
        answer = null;
        messages.add(new JsonObject()
                .put("role", "tool")
                .put("tool_call_id", item.requiredText("call_id"))
                .put("content", parts.joined()));
        ContentParts images = parts.images();
        if (!images.isEmpty()) {
            // a message of a tool cannot hold them
            add("user", images.content());
        }
    }

    private static ContentParts content(Fields item, String name) {
        var parts = new ContentParts();
        if (!(item.value(name) instanceof JsonArray)) {
            parts.text(item.requiredText(name));
            return parts;
        }
        for (Fields part : item.objects(name)) {
            switch (part.requiredText("type")) {
                case "input_text", "output_text", "text" -> parts.text(part.requiredText("text"));
                case "refusal" -> parts.text(part.requiredText("refusal"));
                case "input_image" -> {
                    if (part.has("file_id")) {
                        throw part.wrong("file_id", "is not supported; send the image as image_url");
                    }
                    parts.image(part.requiredText("image_url"), part.text("detail"));
                }
                default -> throw part.wrong("type", "must be input_text, input_image, output_text or refusal");
            }
        }
        return parts;
    }
}
