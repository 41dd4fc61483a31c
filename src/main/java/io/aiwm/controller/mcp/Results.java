package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.mcp.ToolResult;

/** What the API answered as the result of a tool. */
final class Results {
    private Results() {}

    static ToolResult of(Toolbox.Wanted wanted, OwnApi.Answer answer) {
        ApiOperation operation = wanted.operation();
        if (answer.text() == null) {
            return ToolResult.text(
                    "The answer is " + answer.type() + ", which is no text. Read it over HTTP: " + operation.method()
                            + " " + operation.path(),
                    !answer.isGood());
        }
        if (!answer.whole()) {
            // a client that was told of a schema would refuse a result that is none of it
            boolean promised = wanted.direct() && operation.output() != null;
            return ToolResult.text(answer.text() + note(answer), promised || !answer.isGood());
        }
        if (!answer.isGood()) {
            return ToolResult.text(answer.text().isEmpty() ? "failed with " + answer.status() : answer.text(), true);
        }
        if (answer.text().isEmpty()) {
            return ToolResult.text("done", false);
        }
        ObjectNode json = answer.type().startsWith("application/json") ? McpJson.objectOrNull(answer.text()) : null;
        return json == null ? ToolResult.text(answer.text(), false) : ToolResult.of(answer.text(), json);
    }

    private static String note(OwnApi.Answer answer) {
        return "\n[cut off after " + answer.text().length()
                + " characters: there is more. Ask for less: a page (pageSize), fewer lines (tail), fewer fields (fields).]";
    }

    /** The call could not be made, or not to its end. */
    static ToolResult failed(Throwable cause) {
        Failure failure = Failure.of(cause);
        return ToolResult.text(
                failure.kind == Failure.Kind.INTERNAL ? "the call could not be made; try again" : failure.getMessage(),
                true);
    }
}
