package io.aiwm.inference.dialect;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/** A request of Anthropic's Messages API as one of chat completions. */
final class MessagesRequest {
    /** Translated, or without meaning for an engine; all others pass. */
    private static final Set<String> OWN = Set.of(
            "messages",
            "system",
            "stop_sequences",
            "metadata",
            "tools",
            "tool_choice",
            "output_config",
            "output_format",
            "thinking",
            "cache_control",
            "context_management",
            "container",
            "diagnostics",
            "inference_geo",
            "service_tier",
            "speed",
            "betas",
            "stream_options");

    private MessagesRequest() {}

    /** Fails with {@link io.aiwm.inference.GatewayError.Refused}. */
    static JsonObject chat(JsonObject asked) {
        Fields from = Fields.of(asked, Fields.Notation.DOTS);
        Number most = from.number("max_tokens");
        if (most == null) {
            throw from.wrong("max_tokens", "is required");
        }
        if (most.longValue() < 1) {
            throw from.wrong("max_tokens", "must be at least 1");
        }
        JsonObject chat = prompt(asked);
        if (from.flag("stream")) {
            // the last event says what was used
            chat.put("stream_options", new JsonObject().put("include_usage", true));
        }
        return chat;
    }

    /** The same, for a request that need not say how long the answer may be. */
    static JsonObject prompt(JsonObject asked) {
        Fields from = Fields.of(asked, Fields.Notation.DOTS);
        if (!from.objects("mcp_servers").isEmpty()) {
            throw from.wrong("mcp_servers", "is not supported");
        }
        var chat = new JsonObject();
        for (var field : asked) {
            if (!OWN.contains(field.getKey()) && !field.getKey().equals("mcp_servers")) {
                chat.put(field.getKey(), field.getValue());
            }
        }
        chat.put("messages", messages(from));
        stop(from, chat);
        Fields metadata = from.object("metadata");
        if (metadata != null && metadata.text("user_id") != null) {
            chat.put("user", metadata.text("user_id"));
        }
        tools(from, chat);
        output(from, chat);
        return chat;
    }

    private static JsonArray messages(Fields from) {
        var messages = new JsonArray();
        String system = MessagesContent.system(from, "system");
        if (!system.isEmpty()) {
            messages.add(new JsonObject().put("role", "system").put("content", system));
        }
        List<Fields> asked = from.objects("messages");
        if (asked.isEmpty()) {
            throw from.wrong("messages", "at least one message is required");
        }
        for (Fields message : asked) {
            switch (message.requiredText("role")) {
                case "user" -> MessagesContent.user(message, messages);
                case "assistant" -> messages.add(MessagesContent.assistant(message));
                case "system" ->
                    messages.add(new JsonObject()
                            .put("role", "system")
                            .put("content", MessagesContent.system(message, "content")));
                default -> throw message.wrong("role", "must be user, assistant or system");
            }
        }
        return messages;
    }

    private static void stop(Fields from, JsonObject chat) {
        Object stop = from.value("stop_sequences");
        if (stop == null) {
            return;
        }
        if (!(stop instanceof JsonArray list) || list.stream().anyMatch(each -> !(each instanceof String))) {
            throw from.wrong("stop_sequences", "must be a list of strings");
        }
        if (!list.isEmpty()) {
            chat.put("stop", list);
        }
    }

    private static void tools(Fields from, JsonObject chat) {
        var tools = new JsonArray();
        for (Fields tool : from.objects("tools")) {
            if (!tool.text("type", "custom").equals("custom")) {
                throw tool.wrong("type", "only tools of the caller's own (custom) are supported");
            }
            var function = new JsonObject().put("name", tool.requiredText("name"));
            if (tool.text("description") != null) {
                function.put("description", tool.text("description"));
            }
            function.put("parameters", tool.requiredObject("input_schema").json);
            if (tool.flag("strict")) {
                function.put("strict", true);
            }
            tools.add(new JsonObject().put("type", "function").put("function", function));
        }
        if (!tools.isEmpty()) {
            chat.put("tools", tools);
        }
        Fields choice = from.object("tool_choice");
        // engines refuse a choice where there is nothing to choose from
        if (choice != null && !tools.isEmpty()) {
            chat.put("tool_choice", choice(choice));
            if (choice.flag("disable_parallel_tool_use")) {
                chat.put("parallel_tool_calls", false);
            }
        }
    }

    private static Object choice(Fields choice) {
        return switch (choice.requiredText("type")) {
            case "auto" -> "auto";
            case "any" -> "required";
            case "none" -> "none";
            case "tool" ->
                new JsonObject()
                        .put("type", "function")
                        .put("function", new JsonObject().put("name", choice.requiredText("name")));
            default -> throw choice.wrong("type", "must be auto, any, tool or none");
        };
    }

    private static void output(Fields from, JsonObject chat) {
        Fields output = from.object("output_config");
        Fields format = output == null ? null : output.object("format");
        if (format == null) {
            format = from.object("output_format");
        }
        if (output != null && output.text("effort") != null) {
            chat.put("reasoning_effort", output.text("effort"));
        }
        if (format == null) {
            return;
        }
        if (!format.requiredText("type").equals("json_schema")) {
            throw format.wrong("type", "must be json_schema");
        }
        var schema = new JsonObject()
                .put("name", "answer")
                .put("schema", format.requiredObject("schema").json)
                .put("strict", true);
        chat.put("response_format", new JsonObject().put("type", "json_schema").put("json_schema", schema));
    }
}
