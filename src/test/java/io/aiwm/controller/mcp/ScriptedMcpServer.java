package io.aiwm.controller.mcp;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** A server of MCP over real HTTP that does what a test tells it, well or badly. */
public final class ScriptedMcpServer {
    /** What it was sent, in order; a GET is an empty message. */
    public final List<Seen> seen = new CopyOnWriteArrayList<>();

    private final Map<String, BiConsumer<Seen, HttpServerResponse>> answers = new ConcurrentHashMap<>();
    private final HttpServer server;

    public record Seen(String method, JsonObject message, Map<String, String> headers) {
        public String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }

        Object id() {
            return message.getValue("id");
        }
    }

    public ScriptedMcpServer(Vertx vertx) {
        server = vertx.createHttpServer()
                .requestHandler(this::take)
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    McpTarget target() {
        return McpTarget.external(
                URI.create("http://127.0.0.1:" + port() + "/mcp?a=b"), Map.of("Authorization", "Bearer secret"));
    }

    /** Of a method of JSON-RPC, or GET. */
    public ScriptedMcpServer on(String method, BiConsumer<Seen, HttpServerResponse> answer) {
        answers.put(method, answer);
        return this;
    }

    /** Speaks the revision with initialize, in a session. */
    public ScriptedMcpServer legacy() {
        return on(
                        "server/discover",
                        (asked, response) -> response.setStatusCode(400).end("Bad Request: no session"))
                .on("initialize", (asked, response) -> {
                    response.putHeader("Mcp-Session-Id", "session-" + calls("initialize"));
                    result(
                            asked,
                            response,
                            new JsonObject()
                                    .put("protocolVersion", "2025-11-25")
                                    .put("capabilities", new JsonObject())
                                    .put(
                                            "serverInfo",
                                            new JsonObject().put("name", "s").put("version", "1")));
                })
                .on(
                        "notifications/initialized",
                        (asked, response) -> response.setStatusCode(202).end())
                .on(
                        "notifications/cancelled",
                        (asked, response) -> response.setStatusCode(202).end());
    }

    /** Speaks the stateless revision. */
    public ScriptedMcpServer modern() {
        return on(
                "server/discover",
                (asked, response) -> result(
                        asked,
                        response,
                        new JsonObject()
                                .put("resultType", "complete")
                                .put("supportedVersions", new JsonArray().add("2026-07-28"))));
    }

    public static void result(Seen asked, HttpServerResponse response, JsonObject result) {
        response.putHeader("Content-Type", "application/json")
                .end(answer(asked, result).encode());
    }

    public static JsonObject answer(Seen asked, JsonObject result) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", asked.id()).put("result", result);
    }

    public static String event(String id, JsonObject message) {
        return "id: " + id + "\nevent: message\ndata: " + message.encode() + "\n\n";
    }

    public static JsonObject tool(String name) {
        return new JsonObject().put("name", name).put("inputSchema", new JsonObject().put("type", "object"));
    }

    public static JsonObject text(String text) {
        return new JsonObject()
                .put(
                        "content",
                        new JsonArray().add(new JsonObject().put("type", "text").put("text", text)));
    }

    long calls(String method) {
        return seen.stream()
                .filter(one -> method.equals(one.message().getString("method", one.method())))
                .count();
    }

    private void take(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            var headers = new ConcurrentHashMap<String, String>();
            request.headers().forEach(one -> headers.put(one.getKey().toLowerCase(Locale.ROOT), one.getValue()));
            JsonObject message = body.length() == 0 ? new JsonObject() : body.toJsonObject();
            var asked = new Seen(request.method().name(), message, headers);
            seen.add(asked);
            answers.getOrDefault(
                            message.getString("method", request.method().name()),
                            (what, response) -> response.setStatusCode(405).end())
                    .accept(asked, request.response());
        });
    }
}
