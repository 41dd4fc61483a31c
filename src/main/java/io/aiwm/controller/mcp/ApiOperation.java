package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.auth.Role;
import io.aiwm.mcp.ToolInfo;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One operation of the API as a tool.
 *
 * @param name of the tool: {@code list_nodes} for the operation {@code listNodes}
 * @param method in capitals
 * @param path as in the contract, {@code /api/nodes/{id}}
 * @param role what the caller needs
 * @param input the schema of the arguments, which refers to nothing outside
 * @param output the schema of what it answers with when it succeeds; null: not always one JSON object
 * @param binary whether it answers with what is no text
 */
@RecordBuilder
public record ApiOperation(
        String name,
        String method,
        String path,
        Role role,
        About about,
        List<Argument> arguments,
        ObjectNode input,
        ObjectNode output,
        boolean binary) {
    /** The argument that is the body of the request. */
    static final String BODY = "body";
    /** The argument that says for how many seconds the answer may wait for the end of what was begun. */
    static final String WAIT = "wait";

    private static final Set<String> REPEATABLE = Set.of("GET", "PUT", "DELETE");
    private static final Set<String> DESTRUCTIVE = Set.of("PUT", "PATCH", "DELETE");
    /** Verbs of paths that end or overwrite what is there. */
    private static final Set<String> ENDING =
            Set.of("cancel", "stop", "restart", "resolve", "rollback", "update", "reset");

    /** What it is for, in words. */
    public record About(String summary, String description, List<String> tags) {}

    /**
     * One argument.
     *
     * @param in path, query or header
     * @param wire its name there
     */
    public record Argument(String name, String in, String wire) {}

    ToolInfo.Hints hints() {
        boolean reads = method.equals("GET");
        String last = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return new ToolInfo.Hints(
                reads, !reads && (DESTRUCTIVE.contains(method) || ENDING.contains(last)), REPEATABLE.contains(method));
    }

    ToolInfo tool() {
        return new ToolInfo(name, about.summary(), text(), input, output, hints());
    }

    private String text() {
        return about.description().isEmpty() ? about.summary() : about.summary() + ". " + about.description();
    }

    /** One line of a list. */
    ObjectNode line() {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("operation", name)
                .put("summary", about.summary())
                .put("method", method)
                .put("path", path);
        about.tags().forEach(line.putArray("tags")::add);
        ToolInfo.Hints hints = hints();
        return line.put("readOnly", hints.readOnly()).put("destructive", hints.destructive());
    }

    /** All that a caller needs to know. */
    ObjectNode description() {
        ObjectNode said = line().put("description", text()).put("idempotent", hints().idempotent());
        said.set("inputSchema", input);
        if (output != null) {
            said.set("outputSchema", output);
        }
        return said;
    }

    boolean waits() {
        return arguments.stream().anyMatch(argument -> argument.name().equals(WAIT));
    }
}
