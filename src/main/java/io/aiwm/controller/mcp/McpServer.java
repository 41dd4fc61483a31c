package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.mcp.ProtocolEra;
import io.aiwm.mcp.ProtocolRevision;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.RpcMessage;
import io.aiwm.mcp.RpcReader;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import java.util.Locale;

/**
 * Answers one message of an MCP client, of either era, and remembers nothing between two of them: any controller answers any
 * request. Offers tools alone.
 */
public final class McpServer {
    /** The tools of a role change with the version of the server alone. */
    private static final int TOOLS_FRESH_MILLIS = 300_000;

    private static final String INSTRUCTIONS =
            "AIWM runs containers, models, jobs and multi-step executions on a fleet of machines. Each tool is an operation of its"
                    + " REST API and runs with the rights of the user whose credential this connection has. Lists come in pages: pass"
                    + " nextPageToken as pageToken. To wait for the end of an execution or job, pass wait (seconds) where an operation"
                    + " takes it.";

    private final ApiOperations operations;
    private final OwnApi api;
    private final Cancellations cancellations = new Cancellations();

    public McpServer(ApiOperations operations, OwnApi api) {
        this.operations = operations;
        this.api = api;
    }

    /** Never fails: what is refused is an answer as well. */
    public McpReply answer(McpRequest request) {
        try {
            RpcMessage message = RpcReader.read(request.body().getBytes());
            try {
                return answer(request, message);
            } catch (RpcError cause) {
                throw cause.of(message.id());
            }
        } catch (RpcError cause) {
            return McpReply.refusal(cause);
        }
    }

    private McpReply answer(McpRequest request, RpcMessage message) {
        if (message.isAnswer()) {
            throw RpcError.invalidRequest("this server asks nothing, so that there is nothing to answer");
        }
        boolean modern = ProtocolEra.isModern(message, request.headers());
        if (message.isNotification()) {
            if (message.method().equals("notifications/cancelled")
                    && message.params().path("requestId").isValueNode()) {
                cancellations.cancel(
                        request.caller().principal(), message.params().path("requestId"));
            }
            return McpReply.accepted();
        }
        return modern ? modern(request, message) : legacy(request, message);
    }

    private McpReply legacy(McpRequest request, RpcMessage message) {
        return switch (message.method()) {
            case "initialize" -> McpReply.of(RpcMessage.answer(message.id(), initialized(message)));
            case "ping" -> McpReply.of(RpcMessage.answer(message.id(), JsonNodeFactory.instance.objectNode()));
            case "tools/list" -> McpReply.of(RpcMessage.answer(message.id(), tools(request, message)));
            case "tools/call" -> call(request, message, false);
            default -> throw RpcError.methodNotFound(message.method());
        };
    }

    private McpReply modern(McpRequest request, RpcMessage message) {
        return switch (message.method()) {
            case "server/discover" -> McpReply.of(RpcMessage.answer(message.id(), complete(discovered())));
            case "tools/list" ->
                McpReply.of(RpcMessage.answer(
                        message.id(), complete(fresh(tools(request, message), TOOLS_FRESH_MILLIS, "private"))));
            case "tools/call" -> call(request, message, true);
            default -> throw RpcError.methodNotFound(message.method()).asNotFound();
        };
    }

    private ObjectNode initialized(RpcMessage message) {
        String wanted = message.params().path("protocolVersion").textValue();
        if (wanted == null) {
            throw RpcError.invalidParams("protocolVersion is missing");
        }
        ObjectNode result = JsonNodeFactory.instance
                .objectNode()
                .put(
                        "protocolVersion",
                        ProtocolRevision.ALL_LEGACY.contains(wanted) ? wanted : ProtocolRevision.LEGACY);
        result.putObject("capabilities").putObject("tools");
        result.set("serverInfo", serverInfo());
        return result.put("instructions", INSTRUCTIONS);
    }

    private ObjectNode discovered() {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        ProtocolRevision.ALL.forEach(result.putArray("supportedVersions")::add);
        result.putObject("capabilities").putObject("tools");
        return fresh(result.put("instructions", INSTRUCTIONS), TOOLS_FRESH_MILLIS, "public");
    }

    private ObjectNode serverInfo() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", "aiwm")
                .put("title", "AIWM")
                .put("version", operations.version());
    }

    private static ObjectNode fresh(ObjectNode result, int millis, String scope) {
        return result.put("ttlMs", millis).put("cacheScope", scope);
    }

    private ObjectNode complete(ObjectNode result) {
        result.put("resultType", "complete");
        result.putObject("_meta").set(ProtocolRevision.META_SERVER, serverInfo());
        return result;
    }

    private Toolbox toolbox(McpRequest request) {
        var usable = operations.of(request.caller().principal().role(), request.tags());
        return new Toolbox(
                request.readOnly()
                        ? usable.stream().filter(one -> one.hints().readOnly()).toList()
                        : usable);
    }

    private ObjectNode tools(McpRequest request, RpcMessage message) {
        if (message.params().hasNonNull("cursor")) {
            throw RpcError.invalidParams("cursor: there is one page of tools alone");
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        var list = result.putArray("tools");
        toolbox(request).tools().forEach(tool -> list.add(tool.toJson()));
        return result;
    }

    private McpReply call(McpRequest request, RpcMessage message, boolean modern) {
        String tool = message.params().path("name").textValue();
        JsonNode given = message.params().path("arguments");
        if (tool == null || !(given.isMissingNode() || given.isObject())) {
            throw RpcError.invalidParams("name must be a text, arguments an object");
        }
        ObjectNode arguments = given instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
        Toolbox toolbox = toolbox(request);
        try {
            Toolbox.Wanted wanted = toolbox.wanted(tool, arguments);
            return wanted == null
                    ? McpReply.of(answer(message, toolbox.answer(tool, arguments), modern))
                    : run(request, message, wanted, modern);
        } catch (IllegalArgumentException misfit) {
            // a result, not an error of the protocol: a model reads it and tries again
            return McpReply.of(answer(message, ToolResult.text(misfit.getMessage(), true), modern));
        }
    }

    private McpReply run(McpRequest request, RpcMessage message, Toolbox.Wanted wanted, boolean modern) {
        if (wanted.operation().binary()) {
            throw new IllegalArgumentException(wanted.operation().name()
                    + " answers with what is no text; call it over HTTP: "
                    + wanted.operation().method() + " " + wanted.operation().path());
        }
        CallArguments arguments = CallArguments.of(wanted.operation(), wanted.arguments());
        OwnApi.Call call = api.call(arguments, request.caller().headers());
        request.onGone().accept(call::cancel);
        Runnable ended = cancellations.add(request.caller().principal(), message.id(), call::cancel);
        Future<ObjectNode> answer = call.answer()
                .map(came -> Results.of(wanted, came))
                .otherwise(Results::failed)
                .map(result -> answer(message, result, modern))
                .onComplete(known -> ended.run());
        JsonNode token = message.progressToken();
        String accept = request.headers().apply("Accept");
        boolean streams = accept != null && accept.toLowerCase(Locale.ROOT).contains("text/event-stream");
        return streams && (token != null || arguments.waitSeconds() > 0)
                ? McpReply.stream(response ->
                        new McpStream(request.vertx(), token, arguments.waitSeconds()).write(response, answer))
                : McpReply.later(answer);
    }

    private ObjectNode answer(RpcMessage message, ToolResult result, boolean modern) {
        ObjectNode json = result.toJson();
        return RpcMessage.answer(message.id(), modern ? complete(json) : json);
    }

    /** Calls under way that can be cancelled. */
    int underWay() {
        return cancellations.size();
    }
}
