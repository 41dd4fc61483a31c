package io.aiwm.controller.mcp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** JSON texts of our own as trees. */
final class McpJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private McpJson() {}

    /** Of a text that is known to be an object. */
    static ObjectNode object(String text) {
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (JsonProcessingException cause) {
            throw new IllegalArgumentException("no JSON", cause);
        }
    }

    /** Null: it is no JSON object. */
    static ObjectNode objectOrNull(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            return json instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException none) {
            return null;
        }
    }
}
