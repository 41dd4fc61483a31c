package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.auth.Role;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;

/**
 * Operations of the API as tools of agents. They are called as any other request, with the credential of a user, so that the API decides
 * what that user may do.
 */
public final class ApiTools {
    /** By these an agent would decide about its own calls, or be given credentials, which would then stand in its messages. */
    private static final Set<String> NEVER = Set.of(
            "approve_tool_call",
            "deny_tool_call",
            "call_tool",
            "retry_turn",
            "edit_message",
            "create_evaluation_run",
            "create_api_key",
            "create_ticket",
            "issue_node_token",
            "create_user",
            "update_user",
            "change_password",
            "set_secret");

    private final OwnApi own;
    private volatile List<ApiOperation> all = List.of();

    public ApiTools(OwnApi own) {
        this.own = own;
    }

    /** @param operations of the API, when they are known */
    public void offer(ApiOperations operations) {
        all = operations.of(Role.ADMIN, Set.of());
    }

    public OwnApi own() {
        return own;
    }

    /** Those of these operationIds that no tool can call. */
    public List<String> unknown(List<String> operationIds) {
        return operationIds.stream()
                .filter(id -> all.stream().noneMatch(one -> isOf(one, id)))
                .toList();
    }

    private static boolean isOf(ApiOperation operation, String operationId) {
        return operation.name().equals(ApiOperations.snake(operationId))
                && !NEVER.contains(operation.name())
                && !operation.binary();
    }

    /** Those of these operationIds that the role may use. */
    public List<ToolInfo> tools(Role role, List<String> operationIds) {
        return operationIds.stream()
                .flatMap(id -> all.stream().filter(one -> isOf(one, id)))
                .filter(one -> role.includes(one.role()))
                .map(ApiOperation::tool)
                .toList();
    }

    /** @param name of a tool. The result fails when the call is cancelled */
    public McpClient.ToolCall call(McpCaller caller, String name, ObjectNode arguments) {
        ApiOperation operation = all.stream()
                .filter(one -> one.name().equals(name))
                .filter(one -> caller.principal().role().includes(one.role()))
                .findFirst()
                .orElse(null);
        if (operation == null) {
            return refused("there is no operation " + name + " that "
                    + caller.principal().name() + " may use");
        }
        CallArguments request;
        try {
            request = CallArguments.of(operation, arguments);
        } catch (IllegalArgumentException misfit) {
            return refused(misfit.getMessage());
        }
        OwnApi.Call call = own.call(request, caller.headers());
        return new McpClient.ToolCall(
                call.answer()
                        .map(came -> Results.of(new Toolbox.Wanted(operation, arguments, false), came))
                        .otherwise(Results::failed),
                call::cancel);
    }

    private static McpClient.ToolCall refused(String why) {
        return new McpClient.ToolCall(Future.succeededFuture(ToolResult.text(why, true)), () -> {});
    }
}
