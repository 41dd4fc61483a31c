package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.ToolInfo;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a model may call: a tool, or of the kinds MCP and AIWM one of those that stand behind it.
 *
 * @param part which one; null: the tool itself
 * @param name by which models call it
 * @param description null: none
 * @param input the JSON Schema of its arguments
 * @param idempotent whether the same call twice does what one does
 */
record Offer(Tool tool, String part, String name, String description, JsonObject input, boolean idempotent) {
    private static final String BETWEEN = "__";
    /** What services of models take as a name. */
    private static final int LONGEST_NAME = 64;

    static Offer of(Tool tool) {
        // a job is found again by the key of its call
        boolean idempotent = tool.idempotent() || tool.kind() == Tool.Kind.JOB;
        return new Offer(tool, null, tool.name(), tool.description(), tool.input(), idempotent);
    }

    /** A part alone has the name of its tool. Names that are too long for models are left out. */
    static List<Offer> of(Tool tool, List<ToolInfo> parts, boolean trusted) {
        return parts.stream()
                .map(part -> {
                    boolean alone = parts.size() == 1;
                    String name = tool.name() + BETWEEN + part.name().replaceAll("[^A-Za-z0-9_-]", "_");
                    return new Offer(
                            tool,
                            part.name(),
                            alone ? tool.name() : name,
                            alone && tool.description() != null ? tool.description() : part.description(),
                            json(part.inputSchema()),
                            tool.idempotent() || (trusted && part.hints().idempotent()));
                })
                .filter(offer -> offer.name().length() <= LONGEST_NAME)
                .toList();
    }

    /** Whether a name may be that of the tool, or of a part of it. */
    static boolean mayBeOf(Tool tool, String name) {
        return name.equals(tool.name()) || name.startsWith(tool.name() + BETWEEN);
    }

    private static JsonObject json(ObjectNode node) {
        return new JsonObject(node.toString());
    }

    /** What is wrong with arguments; empty: nothing. What stands behind a tool judges its own. */
    List<String> mistakes(JsonObject arguments) {
        return part != null
                ? List.of()
                : InputSchema.mistakes(input, arguments, "").stream()
                        .map(wrong -> wrong.pointer() + ": " + wrong.detail())
                        .toList();
    }
}
