package io.aiwm.controller.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.aiwm.common.Failure;
import io.aiwm.common.HostAddresses;
import io.aiwm.common.SingleLineText;
import io.aiwm.mcp.ProtocolRevision;
import io.aiwm.mcp.RpcError;
import io.aiwm.mcp.RpcMessage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Messages to servers, and how the era of a server is found out. */
final class McpWire {
    private static final Duration OPENING = Duration.ofSeconds(15);
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_WAITING = 1_000;
    private static final int UNAUTHENTICATED = 401;
    private static final int FORBIDDEN = 403;
    private static final int LONGEST_MESSAGE = 500;
    /** Those that a server with {@code initialize} may choose. */
    private static final Set<String> LEGACY = Set.of(ProtocolRevision.LEGACY, "2025-06-18", "2025-03-26");

    private final Vertx vertx;
    private final ServerAddress addresses;
    private final HttpClient client;
    private final AtomicLong ids = new AtomicLong();

    McpWire(Vertx vertx, ServerAddress addresses) {
        this.vertx = vertx;
        this.addresses = addresses;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MILLIS),
                new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    /** See {@link ServerAddress#containerOf}. */
    String containerOf(McpTarget target) {
        return addresses.containerOf(target);
    }

    /** Fails as {@link ServerAddress#of}. */
    Future<McpExchange> exchange(McpTarget target, Message message) {
        return addresses
                .of(target)
                .map(place -> new McpExchange(
                        vertx,
                        client,
                        new McpExchange.Wire(
                                to(target, place),
                                message.headers(),
                                message.json(),
                                message.timeout(),
                                !message.session().isModern(),
                                message.heard())));
    }

    /** One message. @param name of the tool that it is about; null: none. @param heard what comes besides its answer */
    record Message(
            McpSession session,
            ObjectNode json,
            String name,
            Map<String, String> more,
            Duration timeout,
            Consumer<RpcMessage> heard) {
        Map<String, String> headers() {
            var headers = session.headers(json.path("method").asText(), name);
            headers.putAll(more);
            return headers;
        }
    }

    private static RequestOptions to(McpTarget target, ServerAddress.Place place) {
        var options = new RequestOptions()
                .setHost(place.host())
                .setPort(place.port())
                .setSsl(place.tls())
                .setServer(SocketAddress.inetSocketAddress(place.port(), place.address()))
                .setURI(HostAddresses.target(target.url()))
                .putHeader("User-Agent", "aiwm");
        target.headers().forEach(options::putHeader);
        return options;
    }

    /**
     * Asks a server what it speaks: as one of the stateless revision, and where it does not know that, with {@code initialize}.
     * Fails with UNPROCESSABLE if it speaks nothing that is spoken here, or refuses the credential.
     */
    Future<McpSession> open(McpTarget target) {
        return discover(target, true);
    }

    private Future<McpSession> discover(McpTarget target, boolean first) {
        ObjectNode discover = RpcMessage.request(
                nextId(), "server/discover", McpSession.MODERN.complete(JsonNodeFactory.instance.objectNode()));
        return send(target, McpSession.MODERN, discover).compose(came -> {
            refuseCredential(target, came);
            if (came.isResult() && lists(came.message().result().path("supportedVersions"))) {
                return Future.succeededFuture(McpSession.MODERN);
            }
            return switch (came.errorCode()) {
                case RpcError.HEADER_MISMATCH, RpcError.MISSING_CAPABILITY ->
                    Future.failedFuture(refused(target, came));
                // one that has it nevertheless is asked again
                case RpcError.UNSUPPORTED_VERSION ->
                    first && lists(came.message().error().path("data").path("supported"))
                            ? discover(target, false)
                            : initialize(target);
                default -> initialize(target);
            };
        });
    }

    private static boolean lists(JsonNode versions) {
        return versions.isArray()
                && versions.valueStream().anyMatch(one -> one.asText().equals(ProtocolRevision.MODERN));
    }

    private Future<McpSession> initialize(McpTarget target) {
        ObjectNode params = JsonNodeFactory.instance.objectNode().put("protocolVersion", ProtocolRevision.LEGACY);
        params.putObject("capabilities");
        McpSession.clientInfo(params.putObject("clientInfo"));
        var before = new McpSession(ProtocolRevision.LEGACY, null);
        return send(target, before, RpcMessage.request(nextId(), "initialize", params))
                .compose(came -> {
                    refuseCredential(target, came);
                    String version = came.isResult()
                            ? came.message().result().path("protocolVersion").asText()
                            : null;
                    if (version == null) {
                        return Future.failedFuture(refused(target, came));
                    }
                    if (!LEGACY.contains(version)) {
                        return Future.failedFuture(new Failure(
                                Failure.Kind.UNPROCESSABLE,
                                "the MCP server at " + target.name() + " speaks no revision known here"));
                    }
                    var session = new McpSession(version, came.session());
                    return send(target, session, RpcMessage.notification("notifications/initialized", null))
                            .map(session);
                });
    }

    private Future<McpExchange.Came> send(McpTarget target, McpSession session, ObjectNode json) {
        return exchange(target, new Message(session, json, null, Map.of(), OPENING, heard -> {}))
                .compose(McpExchange::start);
    }

    /** Tells the server something, and does not mind if that fails. */
    void tell(McpTarget target, McpSession session, ObjectNode notification) {
        send(target, session, notification).otherwiseEmpty();
    }

    static void refuseCredential(McpTarget target, McpExchange.Came came) {
        if (came.status() == UNAUTHENTICATED || came.status() == FORBIDDEN) {
            throw new Failure(
                    Failure.Kind.UNPROCESSABLE, "the MCP server at " + target.name() + " refuses the credential");
        }
    }

    /** What a server said that is no result, as far as it can be repeated. */
    static Failure refused(McpTarget target, McpExchange.Came came) {
        String said = came.errorCode() == 0
                ? "answers with status " + came.status()
                : "refuses: "
                        + SingleLineText.of(
                                came.message().error().path("message").asText(), LONGEST_MESSAGE);
        return new Failure(Failure.Kind.UNPROCESSABLE, "the MCP server at " + target.name() + " " + said);
    }

    Future<Void> close() {
        return client.close();
    }
}
