package io.aiwm.controller.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.controller.agent.ToolStep.Result;
import io.aiwm.controller.auth.OwnTokens;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls of tools of kind JOB: jobs of the conversation's user, made, watched and cancelled over the API. The key of the call makes the job,
 * so that the same call after a crash finds it.
 */
final class JobToolCalls {
    /** The variable that has the arguments too, where they are short. */
    private static final String INPUT = "AIWM_TOOL_INPUT";

    private static final int MOST_VARIABLE_CHARS = 64 * 1024;
    private static final int WAIT_SECONDS = 20;
    private static final int GRACE_MILLIS = 250;
    private static final Set<String> FINAL = Set.of("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED");

    private final ApiTools api;
    private final OwnTokens tokens;

    JobToolCalls(ApiTools api, OwnTokens tokens) {
        this.api = api;
        this.tokens = tokens;
    }

    RunningCall begin(Tool tool, JsonObject arguments, ToolCaller behalf, String key) {
        var call = new OneJob(tool, arguments, behalf, key);
        Future<Result> result = call.begin()
                .timeout(tool.timeoutMs(), TimeUnit.MILLISECONDS)
                .recover(cause -> {
                    if (cause instanceof TimeoutException) {
                        call.cancel();
                        return Future.succeededFuture(
                                new Result(true, "the job did not end within " + tool.timeoutMs() + " ms"));
                    }
                    return McpToolCalls.told(cause);
                });
        return RunningCall.of(result, call::cancel);
    }

    private final class OneJob {
        private final Tool tool;
        private final JsonObject arguments;
        private final ToolCaller behalf;
        private final String key;
        private String id;
        private boolean cancelled;
        private McpClient.ToolCall request;

        OneJob(Tool tool, JsonObject arguments, ToolCaller behalf, String key) {
            this.tool = tool;
            this.arguments = arguments;
            this.behalf = behalf;
            this.key = key;
        }

        Future<Result> begin() {
            ObjectNode wanted = JsonNodeFactory.instance.objectNode().put("idempotencyKey", key);
            ObjectNode body = wanted.putObject("body")
                    .put("name", tool.name())
                    .put("image", tool.job().image())
                    .put("timeoutMs", tool.timeoutMs())
                    .put("graceMs", GRACE_MILLIS);
            if (tool.job().command() != null) {
                tool.job().command().forEach(body.putArray("command")::add);
            }
            String input = arguments.encode();
            body.put("stdin", input);
            if (input.length() <= MOST_VARIABLE_CHARS) {
                body.putObject("env").put(INPUT, input);
            }
            return call("create_job", wanted).compose(made -> {
                if (made.isError()) {
                    return Future.succeededFuture(McpToolCalls.result(made));
                }
                if (made(made.structured().path("id").asText())) {
                    cancel();
                }
                return watch(made.structured());
            });
        }

        private synchronized boolean made(String job) {
            id = job;
            return cancelled;
        }

        private Future<Result> watch(JsonNode job) {
            if (job != null && FINAL.contains(job.path("status").asText())) {
                return ended(job);
            }
            return call("get_job", named().put("wait", WAIT_SECONDS))
                    .compose(now ->
                            now.isError() ? Future.succeededFuture(McpToolCalls.result(now)) : watch(now.structured()));
        }

        private Future<Result> ended(JsonNode job) {
            String status = job.path("status").asText();
            return call("read_job_logs", named()).map(log -> {
                if (status.equals("COMPLETED")) {
                    return McpToolCalls.result(log);
                }
                String why = job.path("error").path("message").asText();
                return new Result(
                        true,
                        ToolCalls.cut("the job " + id + " ended as " + status + (why.isEmpty() ? "" : " (" + why + ")")
                                + "; it printed: " + log.joined()));
            });
        }

        private ObjectNode named() {
            return JsonNodeFactory.instance.objectNode().put("id", id);
        }

        private Future<ToolResult> call(String operation, ObjectNode wanted) {
            return behalf.caller(tokens).compose(caller -> {
                McpClient.ToolCall begun = api.call(caller, operation, wanted);
                synchronized (this) {
                    request = begun;
                }
                return begun.result();
            });
        }

        void cancel() {
            McpClient.ToolCall waiting;
            synchronized (this) {
                boolean unmade = id == null;
                cancelled = true;
                if (unmade) {
                    return; // the job is cancelled when its id is known
                }
                waiting = request;
            }
            if (waiting != null) {
                waiting.cancel().run();
            }
            behalf.caller(tokens).onSuccess(caller -> api.call(caller, "cancel_job", named()));
        }
    }
}
