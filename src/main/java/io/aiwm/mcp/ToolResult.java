package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

    /** Its content as text, one block after the other. Of what is no text, what it is and where: a model is to know of it. */
    public String joined() {
        var text = new StringBuilder();
        content.forEach(block -> {
            String said = words(block);
            if (said != null) {
                text.append(text.isEmpty() ? "" : "\n").append(said);
            }
        });
        return text.toString();
    }

    /** Null: nothing. */
    private static String words(JsonNode block) {
        String type = block.path("type").asText();
        return switch (type) {
            case "text" -> block.path("text").textValue();
            case "image", "audio" -> described(type, block.path("mimeType"));
            case "resource_link" ->
                described("resource", block.path("uri"), block.path("name"), block.path("mimeType"));
            case "resource" -> {
                JsonNode resource = block.path("resource");
                String text = resource.path("text").textValue();
                yield text != null ? text : described(type, resource.path("uri"), resource.path("mimeType"));
            }
            default -> null;
        };
    }

    private static String described(String type, JsonNode... parts) {
        return Stream.concat(Stream.of(type), Arrays.stream(parts).map(JsonNode::textValue))
                .filter(Objects::nonNull)
                .collect(Collectors.joining(" ", "[", "]"));
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
