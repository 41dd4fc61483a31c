package io.aiwm.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;

/**
 * A tool of a server.
 *
 * @param title null: none
 * @param description null: none
 * @param inputSchema of its arguments
 * @param outputSchema of the structured content of its results; null: not said
 */
public record ToolInfo(
        String name, String title, String description, ObjectNode inputSchema, ObjectNode outputSchema, Hints hints) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    /**
     * What a server says a tool does. A hint, which a server that is not trusted may get wrong.
     *
     * @param readOnly it changes nothing
     * @param destructive it may delete or overwrite
     * @param idempotent repeating it changes nothing more
     */
    public record Hints(boolean readOnly, boolean destructive, boolean idempotent) {
        /** What holds where a server says nothing. */
        public static final Hints UNSAID = new Hints(false, true, false);
    }

    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", name);
        if (title != null) {
            json.put("title", title);
        }
        if (description != null) {
            json.put("description", description);
        }
        json.set("inputSchema", inputSchema);
        if (outputSchema != null) {
            json.set("outputSchema", outputSchema);
        }
        json.putObject("annotations")
                .put("readOnlyHint", hints.readOnly())
                .put("destructiveHint", hints.destructive())
                .put("idempotentHint", hints.idempotent())
                .put("openWorldHint", false);
        return json;
    }

    /** Null: it is none that can be called. */
    public static ToolInfo read(JsonNode json) {
        String name = json.path("name").textValue();
        if (name == null
                || !NAME.matcher(name).matches()
                || !(json.path("inputSchema") instanceof ObjectNode input)
                || !"object".equals(input.path("type").textValue())) {
            return null;
        }
        JsonNode said = json.path("annotations");
        var hints = new Hints(
                said.path("readOnlyHint").asBoolean(Hints.UNSAID.readOnly()),
                said.path("destructiveHint").asBoolean(Hints.UNSAID.destructive()),
                said.path("idempotentHint").asBoolean(Hints.UNSAID.idempotent()));
        return new ToolInfo(
                name,
                json.path("title").textValue(),
                json.path("description").textValue(),
                input,
                json.path("outputSchema") instanceof ObjectNode output ? output : null,
                hints);
    }
}
