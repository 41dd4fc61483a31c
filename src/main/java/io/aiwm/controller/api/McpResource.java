package io.aiwm.controller.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.IpAddress;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.mcp.ApiOperations;
import io.aiwm.controller.mcp.ApiTools;
import io.aiwm.controller.mcp.McpCaller;
import io.aiwm.controller.mcp.McpReply;
import io.aiwm.controller.mcp.McpRequest;
import io.aiwm.controller.mcp.McpServer;
import io.aiwm.mcp.RpcError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.Set;

/** {@code POST /mcp}: the API as tools of the Model Context Protocol. */
public final class McpResource implements Resource {
    private final Vertx vertx;
    private final ApiTools tools;
    private final Set<String> origins;

    /** @param tools hear of the operations. @param origins of browser pages that may call */
    public McpResource(Vertx vertx, ApiTools tools, Set<String> origins) {
        this.vertx = vertx;
        this.tools = tools;
        this.origins = Set.copyOf(origins);
    }

    @Override
    public String fragment() {
        return "mcp";
    }

    @Override
    public void mount(Api api) {
        var operations = new ApiOperations(api.document());
        tools.offer(operations);
        var server = new McpServer(operations, tools.own());
        api.on("callMcp", request -> answer(server, request));
    }

    private Future<Reply> answer(McpServer server, Request request) {
        String origin = request.header("Origin");
        McpReply reply = origin == null || mayCall(origin, request.header("Host"))
                ? server.answer(read(request))
                : McpReply.refusal(new RpcError(
                        RpcError.INVALID_REQUEST,
                        403,
                        "pages of this origin may not call; http.corsOrigins names those that may",
                        null,
                        null));
        if (reply.stream() != null) {
            return Future.succeededFuture(Reply.stream("text/event-stream", reply.stream()));
        }
        return reply.message() == null
                ? Future.succeededFuture(Reply.empty(reply.status()))
                : reply.message().map(ObjectNode::toString).map(text -> Reply.of(reply.status(), text));
    }

    private McpRequest read(Request request) {
        var caller = new McpCaller(request.principal(), request.header("Authorization"), request.requestId());
        return new McpRequest(
                vertx,
                caller,
                request.raw(),
                request::header,
                Set.copyOf(request.queryAll("tag")),
                request.flag("readOnly"),
                request::onGone);
    }

    /**
     * Whether the page is one that is named, or one of an address: a name that someone else gave this server, which is how pages
     * of strangers get behind firewalls, is none of ours although it is that of the page.
     */
    private boolean mayCall(String origin, String host) {
        if (origins.contains(origin)) {
            return true;
        }
        try {
            URI page = URI.create(origin);
            return host != null
                    && host.equalsIgnoreCase(page.getRawAuthority())
                    && page.getHost() != null
                    && (page.getHost().equalsIgnoreCase("localhost") || isAddress(page.getHost()));
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }

    private static boolean isAddress(String host) {
        return host.startsWith("[") || IpAddress.is(host);
    }
}
