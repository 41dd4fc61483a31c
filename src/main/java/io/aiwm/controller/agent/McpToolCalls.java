package io.aiwm.controller.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.controller.agent.ToolStep.Result;
import io.aiwm.controller.mcp.McpClient;
import io.aiwm.controller.mcp.McpTarget;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls of tools of kind MCP. */
final class McpToolCalls {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(McpToolCalls.class);
    private static final String DEFAULT_PATH = "/mcp";

    private final McpClient client;
    private final ToolSecrets secrets;

    McpToolCalls(McpClient client, ToolSecrets secrets) {
        this.client = client;
        this.secrets = secrets;
    }

    private static McpTarget target(Tool.Mcp mcp, Map<String, String> headers) {
        return mcp.deployment() == null
                ? McpTarget.external(URI.create(mcp.url()), headers)
                : McpTarget.deployment(mcp.deployment(), mcp.path() == null ? DEFAULT_PATH : mcp.path(), headers);
    }

    /**
     * The tools of the server that stand behind this one. Some servers say what they were sent: the model reads it in none of their
     * descriptions and schemas, nor the log in a failure.
     */
    Future<List<ToolInfo>> parts(Tool tool) {
        List<String> wanted = tool.mcp().tools();
        return secrets.headers(tool)
                .compose(headers -> client.tools(target(tool.mcp(), headers))
                        .map(all -> all.stream()
                                .filter(one -> wanted == null || wanted.isEmpty() || wanted.contains(one.name()))
                                .filter(one -> isClean(tool, one.name(), headers))
                                .map(one -> shown(one, headers))
                                .toList())
                        .recover(cause -> Future.failedFuture(shown(cause, headers))));
    }

    /** A name is what a model calls by, so it cannot be masked: one that holds a secret is left out. */
    private static boolean isClean(Tool tool, String name, Map<String, String> headers) {
        boolean clean = SecretMask.hidden(name, headers).equals(name);
        if (!clean) {
            LOG.warn("tool {}: its server names a tool by a secret that it was sent; it is left out", tool.id());
        }
        return clean;
    }

    private static ToolInfo shown(ToolInfo tool, Map<String, String> headers) {
        return new ToolInfo(
                tool.name(),
                tool.title() == null ? null : SecretMask.hidden(tool.title(), headers),
                tool.description() == null ? null : SecretMask.hidden(tool.description(), headers),
                shown(tool.inputSchema(), headers),
                tool.outputSchema() == null ? null : shown(tool.outputSchema(), headers),
                tool.hints());
    }

    /** A text of JSON stays one: the mask has no character that JSON would escape. */
    private static ObjectNode shown(ObjectNode schema, Map<String, String> headers) {
        String text = schema.toString();
        String masked = SecretMask.hidden(text, headers);
        return masked.equals(text) ? schema : node(new JsonObject(masked));
    }

    private static McpClient.Progress shown(McpClient.Progress heard, Map<String, String> headers) {
        return heard.message() == null
                ? heard
                : new McpClient.Progress(heard.progress(), heard.total(), SecretMask.hidden(heard.message(), headers));
    }

    private static Failure shown(Throwable cause, Map<String, String> headers) {
        Failure failure = Failure.of(cause);
        return new Failure(failure.kind, SecretMask.hidden(failure.getMessage(), headers));
    }

    /** @param progress hears what the server tells of it, without the secrets that the server was sent */
    RunningCall begin(Offer offer, JsonObject arguments, Consumer<McpClient.Progress> progress) {
        var under = new AtomicReference<McpClient.ToolCall>();
        Duration timeout = Duration.ofMillis(offer.tool().timeoutMs());
        Future<Result> called = secrets.headers(offer.tool()).compose(headers -> {
            var call = client.call(
                    target(offer.tool().mcp(), headers),
                    offer.part(),
                    node(arguments),
                    timeout,
                    heard -> progress.accept(shown(heard, headers)));
            under.set(call);
            return call.result()
                    .map(McpToolCalls::result)
                    .recover(McpToolCalls::told)
                    .map(shown -> new Result(shown.failed(), SecretMask.hidden(shown.text(), headers)));
        });
        return RunningCall.of(called.recover(McpToolCalls::told), () -> {
            McpClient.ToolCall call = under.get();
            if (call != null) {
                call.cancel().run();
            }
        });
    }

    static Result result(ToolResult came) {
        String text = came.joined();
        return new Result(
                came.isError(),
                ToolCalls.cut(
                        text.isEmpty() && came.structured() != null
                                ? came.structured().toString()
                                : text));
    }

    /** A model is told why a call failed, unless it is this process that cannot go on. */
    static Future<Result> told(Throwable cause) {
        Failure failure = Failure.of(cause);
        return failure.kind == Failure.Kind.INTERNAL
                ? Future.failedFuture(cause)
                : Future.succeededFuture(new Result(true, failure.getMessage()));
    }

    static ObjectNode node(JsonObject json) {
        try {
            return (ObjectNode) MAPPER.readTree(json.encode());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
