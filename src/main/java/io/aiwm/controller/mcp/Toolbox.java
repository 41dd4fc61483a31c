package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tools of one caller: one for each operation that the caller may use while these are few, else three that find, describe
 * and call operations. A model reads all that is offered before each answer, so that more would cost more than it helps.
 */
final class Toolbox {
    static final int MOST_DIRECT = 30;
    static final String SEARCH = "search_api";
    static final String DESCRIBE = "describe";
    static final String CALL = "call";

    private static final int MOST_DESCRIBED = 5;
    private static final int LONGEST_QUERY = 500;

    private final List<ApiOperation> operations;

    Toolbox(List<ApiOperation> operations) {
        this.operations = operations;
    }

    /** A call of an operation that a tool stands for. @param direct whether it is the tool itself */
    record Wanted(ApiOperation operation, ObjectNode arguments, boolean direct) {}

    boolean isDirect() {
        return operations.size() <= MOST_DIRECT;
    }

    List<ToolInfo> tools() {
        return isDirect()
                ? operations.stream().map(ApiOperation::tool).toList()
                : List.of(
                        tool(
                                SEARCH,
                                "Find operations of AIWM",
                                "Finds operations of the AIWM API (nodes, models, deployments, jobs, executions, logs and more) by"
                                        + " words or by tag. Without words it lists the tags.",
                                new ToolInfo.Hints(true, false, true),
                                """
                                {"type": "object", "properties": {
                                  "query": {"type": "string", "maxLength": 500, "description": "Words, such as: restart deployment"},
                                  "tag": {"type": "string", "maxLength": 100, "description": "Only operations of this tag."}
                                }, "additionalProperties": false}"""),
                        tool(
                                DESCRIBE,
                                "Describe operations of AIWM",
                                "Says what operations do, which arguments they take and what they answer with. Read it before the"
                                        + " first call of an operation.",
                                new ToolInfo.Hints(true, false, true),
                                """
                                {"type": "object", "properties": {
                                  "operations": {"type": "array", "minItems": 1, "maxItems": 5, "items": {"type": "string"},
                                    "description": "Names that search_api gave."}
                                }, "required": ["operations"], "additionalProperties": false}"""),
                        tool(
                                CALL,
                                "Call an operation of AIWM",
                                "Calls one operation with the rights of this connection's user. search_api says of each operation"
                                        + " whether it only reads and whether it may delete or overwrite.",
                                ToolInfo.Hints.UNSAID,
                                """
                                {"type": "object", "properties": {
                                  "operation": {"type": "string", "description": "Its name."},
                                  "arguments": {"type": "object", "description": "As describe says."}
                                }, "required": ["operation"], "additionalProperties": false}"""));
    }

    private static ToolInfo tool(String name, String title, String text, ToolInfo.Hints hints, String schema) {
        return new ToolInfo(name, title, text, McpJson.object(schema), null, hints);
    }

    /** Whether there is such a tool. */
    boolean has(String name) {
        return isDirect() ? find(name) != null : List.of(SEARCH, DESCRIBE, CALL).contains(name);
    }

    /**
     * What to call; null: it needs no call, {@link #answer} has the result. Fails with {@link RpcError} if there is no such tool,
     * with IllegalArgumentException if the arguments do not fit.
     */
    Wanted wanted(String tool, ObjectNode arguments) {
        if (!has(tool)) {
            throw RpcError.invalidParams("there is no tool " + tool);
        }
        if (isDirect()) {
            return new Wanted(find(tool), arguments, true);
        }
        if (!tool.equals(CALL)) {
            return null;
        }
        known(arguments, List.of("operation", "arguments"));
        JsonNode inner = arguments.path("arguments");
        if (!inner.isMissingNode() && !inner.isNull() && !inner.isObject()) {
            throw new IllegalArgumentException("\"arguments\" must be an object");
        }
        return new Wanted(
                named(arguments.path("operation")),
                inner instanceof ObjectNode given ? given : JsonNodeFactory.instance.objectNode(),
                false);
    }

    /** The result of a tool that only looks things up. Fails with IllegalArgumentException if the arguments do not fit. */
    ToolResult answer(String tool, ObjectNode arguments) {
        ObjectNode found = tool.equals(SEARCH) ? searched(arguments) : described(arguments);
        return ToolResult.of(found.toString(), found);
    }

    private ObjectNode searched(ObjectNode arguments) {
        known(arguments, List.of("query", "tag"));
        String query = text(arguments, "query");
        String tag = text(arguments, "tag");
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        List<ApiOperation> among = tag.isEmpty()
                ? operations
                : operations.stream()
                        .filter(one -> one.about().tags().contains(tag))
                        .toList();
        List<ApiOperation> found =
                query.isBlank() ? tag.isEmpty() ? List.of() : among : ApiOperations.search(among, query);
        ArrayNode list = answer.putArray("operations");
        found.forEach(one -> list.add(one.line()));
        if (found.isEmpty()) {
            Map<String, Integer> counts = new TreeMap<>();
            operations.forEach(one -> one.about().tags().forEach(each -> counts.merge(each, 1, Integer::sum)));
            ObjectNode tags = answer.putObject("tags");
            counts.forEach(tags::put);
        }
        return answer;
    }

    private ObjectNode described(ObjectNode arguments) {
        known(arguments, List.of("operations"));
        JsonNode names = arguments.path("operations");
        if (!names.isArray() || names.isEmpty() || names.size() > MOST_DESCRIBED) {
            throw new IllegalArgumentException("\"operations\" must be a list of 1 to " + MOST_DESCRIBED + " names");
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode list = answer.putArray("operations");
        names.forEach(name -> list.add(named(name).description()));
        return answer;
    }

    private ApiOperation named(JsonNode name) {
        ApiOperation found = name.isTextual() ? find(name.textValue()) : null;
        if (found == null) {
            throw new IllegalArgumentException(
                    "there is no operation " + (name.isTextual() ? name.textValue() : "of that name")
                            + " that you may use; " + SEARCH + " finds them");
        }
        return found;
    }

    private ApiOperation find(String name) {
        return operations.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static String text(ObjectNode arguments, String name) {
        JsonNode value = arguments.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual() || value.textValue().length() > LONGEST_QUERY) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" must be a text of at most " + LONGEST_QUERY + " characters");
        }
        return value.textValue();
    }

    private static void known(ObjectNode arguments, List<String> names) {
        arguments.fieldNames().forEachRemaining(name -> {
            if (!names.contains(name)) {
                throw new IllegalArgumentException("argument \"" + name + "\" is not known; this tool takes " + names);
            }
        });
    }
}
