package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.common.Failure;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.RpcMessage;
import io.aiwm.mcp.ToolInfo;
import io.aiwm.mcp.ToolResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Calls tools of MCP servers over streamable HTTP, of either era. Remembers of each server and credential how it is spoken to
 * and, for a while, which tools it has. Failures: UNPROCESSABLE for what the server refuses or may not be, UNAVAILABLE and
 * TIMEOUT for one that does not answer, TOO_LARGE for one that answers too much.
 */
public final class McpClient {
    static final int MOST_TOOLS = 1_000;

    private static final int MOST_PAGES = 50;
    private static final int MOST_SERVERS = 500;
    private static final int LONGEST_CURSOR = 4_096;
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration LISTING = Duration.ofSeconds(30);
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;

    private final McpWire wire;
    private final Cache<String, McpServerState> servers = Caffeine.newBuilder()
            .maximumSize(MOST_SERVERS)
            .expireAfterAccess(IDLE)
            .build();

    /**
     * @param allowed hosts that may be reached although they are internal
     * @param replicas of a deployment of this name that are ready
     */
    public McpClient(Vertx vertx, List<String> allowed, Function<String, List<GatewayConfig.Replica>> replicas) {
        wire = new McpWire(vertx, new ServerAddress(vertx, allowed, replicas));
    }

    /** What progress of a call the server tells of. @param total null: not known. @param message null: none */
    public record Progress(double progress, Double total, String message) {}

    /**
     * A call under way.
     *
     * @param result what the tool gave, also where it says that it failed
     * @param cancel ends it, and tells the server so
     */
    public record ToolCall(Future<ToolResult> result, Runnable cancel) {}

    /** Returns the tools of a server, those that break the rules of the protocol left out; from memory while they are fresh. */
    public Future<List<ToolInfo>> tools(McpTarget target) {
        McpServerState state = state(target);
        McpServerState.Tools known = state.freshTools();
        return known != null
                ? Future.succeededFuture(known.list())
                : list(target, state).map(McpServerState.Tools::list);
    }

    /**
     * Calls a tool. A call that the server has begun is never made twice.
     *
     * @param progress hears of it on an event loop; called only where the server tells
     */
    public ToolCall call(
            McpTarget target, String tool, ObjectNode arguments, Duration timeout, Consumer<Progress> progress) {
        var call = new McpCall(wire, target, timeout);
        McpServerState state = state(target);
        Future<ToolResult> result = session(target, state)
                .compose(session -> session.isModern()
                        ? known(target, state).map(tools -> tools.headers(tool, arguments))
                        : Future.succeededFuture(Map.<String, String>of()))
                .compose(headers -> request(target, state, session -> {
                    ObjectNode params = JsonNodeFactory.instance.objectNode().put("name", tool);
                    params.set("arguments", arguments);
                    params.putObject("_meta").put("progressToken", call.id());
                    return call.start(session, session.complete(params), tool, headers, heard -> {
                        state.heard(heard);
                        call.progress(heard, progress);
                    });
                }))
                .map(came -> result(target, came));
        return new ToolCall(result, call::cancel);
    }

    private static ToolResult result(McpTarget target, McpExchange.Came came) {
        String type = came.message().result().path("resultType").asText("complete");
        ToolResult result =
                type.equals("complete") ? ToolResult.read(came.message().result()) : null;
        if (result == null) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE,
                    "the MCP server at " + target.name() + " answers with what is no result of a tool");
        }
        return result;
    }

    private McpServerState state(McpTarget target) {
        return servers.get(target.key() + "\n" + wire.containerOf(target), first -> new McpServerState());
    }

    private Future<McpSession> session(McpTarget target, McpServerState state) {
        return state.session(() -> wire.open(target));
    }

    private Future<McpServerState.Tools> known(McpTarget target, McpServerState state) {
        McpServerState.Tools known = state.freshTools();
        return known != null ? Future.succeededFuture(known) : list(target, state);
    }

    private Future<McpServerState.Tools> list(McpTarget target, McpServerState state) {
        return page(target, state, null, new ArrayList<>(), MOST_PAGES);
    }

    private Future<McpServerState.Tools> page(
            McpTarget target, McpServerState state, String cursor, List<JsonNode> found, int pagesLeft) {
        return request(target, state, session -> {
                    ObjectNode params = JsonNodeFactory.instance.objectNode();
                    if (cursor != null) {
                        params.put("cursor", cursor);
                    }
                    ObjectNode json = RpcMessage.request(wire.nextId(), "tools/list", session.complete(params));
                    return wire.exchange(
                                    target, new McpWire.Message(session, json, null, Map.of(), LISTING, state::heard))
                            .compose(McpExchange::start);
                })
                .compose(came -> {
                    ObjectNode result = came.message().result();
                    result.path("tools").forEach(found::add);
                    String next = result.path("nextCursor").textValue();
                    if (found.size() > MOST_TOOLS
                            || (next != null && (pagesLeft <= 1 || next.length() > LONGEST_CURSOR))) {
                        return Future.failedFuture(new Failure(
                                Failure.Kind.TOO_LARGE,
                                "the MCP server at " + target.name() + " has more than " + MOST_TOOLS + " tools or "
                                        + MOST_PAGES + " pages of them"));
                    }
                    return next == null || next.isEmpty()
                            ? Future.succeededFuture(state.keep(found, result.path("ttlMs")))
                            : page(target, state, next, found, pagesLeft - 1);
                });
    }

    /** Makes a request; once more where the server has forgotten the session, which it says before it does anything. */
    private Future<McpExchange.Came> request(
            McpTarget target, McpServerState state, Function<McpSession, Future<McpExchange.Came>> send) {
        return session(target, state)
                .compose(session -> send.apply(session).compose(came -> {
                    if (isForgotten(session, came)) {
                        state.forget(session);
                        return session(target, state).compose(send).compose(again -> good(target, state, again));
                    }
                    return good(target, state, came);
                }));
    }

    /** Many servers say so with 400, although the protocol wants 404. */
    private static boolean isForgotten(McpSession session, McpExchange.Came came) {
        return session.id() != null
                && (came.status() == NOT_FOUND
                        || (came.status() == BAD_REQUEST && came.errorCode() == RpcError.NO_SESSION));
    }

    private static Future<McpExchange.Came> good(McpTarget target, McpServerState state, McpExchange.Came came) {
        McpWire.refuseCredential(target, came);
        if (came.isResult()) {
            return Future.succeededFuture(came);
        }
        // a server that was replaced may speak otherwise, and have other tools
        if (came.status() == OK) {
            state.dropTools();
        } else {
            state.clear();
        }
        return Future.failedFuture(McpWire.refused(target, came));
    }

    public Future<Void> close() {
        return wire.close();
    }
}
