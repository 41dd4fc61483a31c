package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a call of a tool gave.
 *
 * @param content blocks of content, each an object with a type
 * @param structured null: none
 * @param isError whether the tool failed; the content says why
 */
public record ToolResult(ArrayNode content, JsonNode structured, boolean isError) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    public static ToolResult text(String text, boolean isError) {
        ArrayNode content = NODES.arrayNode();
        content.addObject().put("type", "text").put("text", text);
        return new ToolResult(content, null, isError);
    }

    /** @param structured the same as the text */
    public static ToolResult of(String text, ObjectNode structured) {
        return new ToolResult(text(text, false).content(), structured, false);
    }

    /** The texts of its content, one after the other. */
    public String joined() {
        var text = new StringBuilder();
        content.forEach(block -> {
            if (block.path("type").asText().equals("text")) {
                text.append(text.isEmpty() ? "" : "\n")
                        .append(block.path("text").asText());
            }
        });
        return text.toString();
    }

    public ObjectNode toJson() {
        ObjectNode json = NODES.objectNode();
        json.set("content", content);
        if (structured != null) {
            json.set("structuredContent", structured);
        }
        return json.put("isError", isError);
    }

    /** Null: it is no result of a call. */
    public static ToolResult read(ObjectNode result) {
        JsonNode content = result.path("content");
        if (!content.isMissingNode() && !content.isArray()) {
            return null;
        }
        return new ToolResult(
                content instanceof ArrayNode blocks ? blocks : NODES.arrayNode(),
                result.get("structuredContent"),
                result.path("isError").asBoolean(false));
    }
}
