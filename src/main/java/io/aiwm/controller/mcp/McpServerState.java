package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Monotonic;
import io.aiwm.mcp.ParameterHeaders;
import io.aiwm.mcp.RpcMessage;
import io.aiwm.mcp.ToolInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of one server with one credential. Safe to use from any thread. */
final class McpServerState {
    private static final Logger LOG = LoggerFactory.getLogger(McpServerState.class);
    private static final Duration FRESH = Duration.ofMinutes(1);
    private static final Duration LONGEST_FRESH = Duration.ofHours(1);

    private Future<McpSession> session;
    private Tools tools;

    /**
     * @param list those that may be used
     * @param headers of each, the arguments that are to be repeated in headers
     */
    record Tools(List<ToolInfo> list, Map<String, ParameterHeaders> headers, long untilMillis) {
        Map<String, String> headers(String tool, ObjectNode arguments) {
            return headers.containsKey(tool) ? headers.get(tool).values(arguments) : Map.of();
        }
    }

    /** The session, or the one that is being opened; a new one where that failed. */
    synchronized Future<McpSession> session(Supplier<Future<McpSession>> open) {
        if (session == null || session.failed()) {
            session = open.get();
        }
        return session;
    }

    /** The server does not know this session any more. */
    synchronized void forget(McpSession gone) {
        if (session != null && session.succeeded() && session.result().equals(gone)) {
            clear();
        }
    }

    synchronized void clear() {
        session = null;
        tools = null;
    }

    synchronized void dropTools() {
        tools = null;
    }

    /** Null: there are none. */
    synchronized Tools freshTools() {
        return tools != null && Monotonic.millis() < tools.untilMillis() ? tools : null;
    }

    /** @param ttlMillis as the server says; missing: it does not say */
    synchronized Tools keep(List<JsonNode> found, JsonNode ttlMillis) {
        List<ToolInfo> list = new ArrayList<>();
        Map<String, ParameterHeaders> headers = new HashMap<>();
        for (JsonNode json : found) {
            ToolInfo tool = ToolInfo.read(json);
            if (tool == null || headers.containsKey(tool.name())) {
                LOG.warn("an MCP server lists a tool that has no name, no schema, or the name of another; left out");
                continue;
            }
            try {
                headers.put(tool.name(), ParameterHeaders.of(tool.inputSchema()));
                list.add(tool);
            } catch (IllegalArgumentException broken) {
                LOG.warn("tool {} of an MCP server is left out: {}", tool.name(), broken.getMessage());
            }
        }
        long fresh = ttlMillis.isIntegralNumber() && ttlMillis.canConvertToLong()
                ? Math.min(Math.max(0, ttlMillis.longValue()), LONGEST_FRESH.toMillis())
                : FRESH.toMillis();
        tools = new Tools(List.copyOf(list), Map.copyOf(headers), Monotonic.millis() + fresh);
        return tools;
    }

    /** What a server says besides its answers. */
    synchronized void heard(RpcMessage message) {
        if ("notifications/tools/list_changed".equals(message.method())) {
            tools = null;
        }
    }
}
