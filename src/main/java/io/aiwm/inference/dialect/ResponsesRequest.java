package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/** A request of OpenAI's Responses API as one of chat completions. */
final class ResponsesRequest {
    /** Translated, or without meaning for an engine; all others pass. */
    private static final Set<String> OWN = Set.of(
            "input",
            "instructions",
            "max_output_tokens",
            "text",
            "tools",
            "tool_choice",
            "reasoning",
            "background",
            "conversation",
            "previous_response_id",
            "prompt",
            "include",
            "metadata",
            "store",
            "stream_options",
            "top_logprobs",
            "truncation",
            "context_management");

    private static final List<String> NEED_MEMORY = List.of("previous_response_id", "conversation", "prompt");

    private ResponsesRequest() {}

    /** Fails with {@link io.aiwm.inference.GatewayError.Refused}. */
    static JsonObject chat(JsonObject asked) {
        Fields from = Fields.of(asked, Fields.Notation.BRACKETS);
        refuse(from);
        var chat = new JsonObject();
        for (var field : asked) {
            if (!OWN.contains(field.getKey())) {
                chat.put(field.getKey(), field.getValue());
            }
        }
        chat.put("messages", ResponsesInput.messages(from));
        Number most = from.number("max_output_tokens");
        if (most != null) {
            if (most.longValue() < 1) {
                throw from.wrong("max_output_tokens", "must be at least 1");
            }
            chat.put("max_tokens", most);
        }
        if (from.flag("stream")) {
            // the last event says what was used
            chat.put("stream_options", new JsonObject().put("include_usage", true));
        }
        Fields reasoning = from.object("reasoning");
        if (reasoning != null && reasoning.text("effort") != null) {
            chat.put("reasoning_effort", reasoning.text("effort"));
        }
        tools(from, chat);
        text(from, chat);
        return chat;
    }

    private static void refuse(Fields from) {
        for (String name : NEED_MEMORY) {
            if (from.has(name)) {
                throw from.wrong(name, "is not supported: nothing is kept of earlier calls; send all of the input");
            }
        }
        if (from.flag("background")) {
            throw from.wrong("background", "is not supported: an answer is given while the call lasts");
        }
    }

    private static void tools(Fields from, JsonObject chat) {
        var tools = new JsonArray();
        for (Fields tool : from.objects("tools")) {
            if (!tool.requiredText("type").equals("function")) {
                throw tool.wrong("type", "only tools of type function are supported");
            }
            var function = new JsonObject().put("name", tool.requiredText("name"));
            if (tool.text("description") != null) {
                function.put("description", tool.text("description"));
            }
            if (tool.object("parameters") != null) {
                function.put("parameters", tool.object("parameters").json);
            }
            if (tool.has("strict")) {
                function.put("strict", tool.flag("strict"));
            }
            tools.add(new JsonObject().put("type", "function").put("function", function));
        }
        if (tools.isEmpty()) {
            // engines refuse a choice where there is nothing to choose from
            chat.remove("parallel_tool_calls");
            return;
        }
        chat.put("tools", tools);
        if (from.has("tool_choice")) {
            chat.put("tool_choice", choice(from));
        }
    }

    private static Object choice(Fields from) {
        if (from.value("tool_choice") instanceof String word) {
            return word;
        }
        Fields choice = from.object("tool_choice");
        if (!choice.requiredText("type").equals("function")) {
            throw choice.wrong("type", "must be function, or tool_choice one of none, auto, required");
        }
        return new JsonObject()
                .put("type", "function")
                .put("function", new JsonObject().put("name", choice.requiredText("name")));
    }

    private static void text(Fields from, JsonObject chat) {
        Fields text = from.object("text");
        if (text == null) {
            return;
        }
        if (text.text("verbosity") != null) {
            chat.put("verbosity", text.text("verbosity"));
        }
        Fields format = text.object("format");
        if (format == null) {
            return;
        }
        switch (format.requiredText("type")) {
            case "text" -> {
                // what an engine does unless told otherwise
            }
            case "json_object" -> chat.put("response_format", new JsonObject().put("type", "json_object"));
            case "json_schema" -> {
                var schema = format.json.copy();
                schema.remove("type");
                schema.put("name", format.requiredText("name"));
                schema.put("schema", format.requiredObject("schema").json);
                chat.put(
                        "response_format",
                        new JsonObject().put("type", "json_schema").put("json_schema", schema));
            }
            default -> throw format.wrong("type", "must be text, json_object or json_schema");
        }
    }
}
