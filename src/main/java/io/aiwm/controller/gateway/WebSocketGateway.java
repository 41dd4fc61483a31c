package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.protocol.ConnectionAck;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.time.InstantSource;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transport {@code /ws/node}. A worker shows its token in the handshake; who has none, or a bad one, is refused with
 * 401 or 403 before the upgrade.
 */
public final class WebSocketGateway implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketGateway.class);
    private static final long REGISTER_WITHIN_MILLIS = 10_000;
    private static final int MAX_MESSAGES_PER_SECOND = 20_000;
    private static final int MAX_DEPTH = 32;

    private final RateLimitedLog refusals = RateLimitedLog.refusals(LOG);
    private final Vertx vertx;
    private final NodeGateway gateway;
    private final InstantSource clock;
    private final BiConsumer<HttpServerRequest, Throwable> refusal;

    /** @param refusal answers a request that may not become a socket, as the rest of the HTTP port does */
    public WebSocketGateway(
            Vertx vertx, NodeGateway gateway, InstantSource clock, BiConsumer<HttpServerRequest, Throwable> refusal) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.clock = clock;
        this.refusal = refusal;
    }

    @Override
    public void handle(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        boolean bearer = header != null && header.regionMatches(true, 0, "Bearer ", 0, 7);
        request.pause();
        Future<Admission.Admitted> who = bearer
                ? gateway.verify(header.substring(7).strip())
                : Future.failedFuture(new Failure(
                        Failure.Kind.UNAUTHENTICATED, "show a node token: Authorization: Bearer <node token>"));
        who.compose(node -> request.toWebSocket().onSuccess(socket -> new Connection(node, socket)))
                .onFailure(cause -> refuse(request, cause));
    }

    private void refuse(HttpServerRequest request, Throwable cause) {
        if (!request.response().ended() && !request.response().closed()) {
            request.resume();
            refusal.accept(request, cause);
        }
    }

    /** One socket, from upgrade to close; lives on the socket's event loop. */
    private final class Connection {
        private final Admission.Admitted who;
        private final WebSocketChannel channel;
        private final ServerWebSocket socket;
        private final long registerTimer;
        private NodeSession session;
        private final Context context = vertx.getOrCreateContext();
        private boolean registering;
        private long second;
        private int messagesThisSecond;

        Connection(Admission.Admitted who, ServerWebSocket socket) {
            this.who = who;
            this.socket = socket;
            this.channel = new WebSocketChannel(socket);
            socket.textMessageHandler(this::text);
            socket.binaryMessageHandler(bytes -> malformed("messages are text, one JSON object each"));
            socket.exceptionHandler(cause -> {
                LOG.debug("node {}: {}", who.nodeId(), cause.toString());
                if (cause instanceof IllegalStateException) { // how Vert.x says that fragments add up to too much
                    channel.close(CloseCode.TOO_LARGE, "a message has at most " + Envelope.MAX_BYTES + " bytes");
                }
            });
            socket.closeHandler(closed -> ended());
            registerTimer = vertx.setTimer(
                    REGISTER_WITHIN_MILLIS,
                    timer -> channel.close(CloseCode.NOT_REGISTERED, "no node.register within 10 s"));
            channel.send(Envelope.of(
                    ConnectionAck.TYPE,
                    new ConnectionAck(who.nodeId(), ConnectionAck.PROTOCOL_VERSION, clock.instant())));
        }

        private void ended() {
            vertx.cancelTimer(registerTimer);
            if (session != null && gateway.sessions().lost(session)) {
                LOG.info(
                        "node {} disconnected ({} {})",
                        who.nodeId(),
                        socket.closeStatusCode(),
                        socket.closeReason() == null ? "" : socket.closeReason());
            }
        }

        private void text(String text) {
            if (tooMany()) {
                channel.close(CloseCode.TOO_MANY, "more than " + MAX_MESSAGES_PER_SECOND + " messages a second");
                return;
            }
            if (tooDeep(text)) {
                malformed("nested deeper than " + MAX_DEPTH);
                return;
            }
            Envelope message;
            try {
                message = Envelope.decode(text);
            } catch (Failure cause) {
                malformed(cause.getMessage());
                return;
            }
            if (message.type().equals(NodeRegister.TYPE)) {
                register(message);
            } else if (session == null) {
                error(message, new Failure(Failure.Kind.UNAUTHENTICATED, "node.register comes first"));
            } else {
                gateway.receive(session, message).onFailure(cause -> error(message, Failure.of(cause)));
            }
        }

        private void register(Envelope message) {
            if (registering) {
                error(message, Failure.conflict("the last node.register is still being looked at"));
                return;
            }
            registering = true;
            Future<NodeGateway.Opened> opened;
            try {
                opened = gateway.register(who, message.as(NodeRegister.class), channel);
            } catch (Failure malformed) {
                opened = Future.failedFuture(malformed);
            }
            // the outcome may come on any thread
            opened.onComplete(result -> context.runOnContext(now -> registered(message, result)));
        }

        private void registered(Envelope message, AsyncResult<NodeGateway.Opened> result) {
            registering = false;
            if (result.failed()) {
                Failure cause = Failure.of(result.cause());
                refusals.refused("node " + who.nodeId(), cause.getMessage());
                answer(message, RegisterAck.refused(cause.getMessage()))
                        .onComplete(sent -> channel.close(
                                cause.retryable() ? CloseCode.RESTARTING : CloseCode.MALFORMED,
                                "registration refused"));
                return;
            }
            if (channel.isClosed()) {
                return;
            }
            vertx.cancelTimer(registerTimer);
            session = result.result().session();
            Future<Void> answered = answer(message, result.result().ack());
            gateway.open(session); // not before the answer is on its way: no command may overtake it
            answered.onSuccess(sent -> gateway.ready(session));
        }

        /** Not even an envelope: said so, and the end. */
        private void malformed(String why) {
            channel.send(Envelope.of(ProtocolError.TYPE, new ProtocolError("invalid", why)));
            channel.close(CloseCode.MALFORMED, why);
        }

        private Future<Void> answer(Envelope question, RegisterAck ack) {
            return channel.send(Envelope.of(RegisterAck.TYPE, ack).answering(question));
        }

        private void error(Envelope message, Failure failure) {
            refusals.refused("node " + who.nodeId(), message.type() + ": " + failure.getMessage());
            channel.send(
                    Envelope.of(ProtocolError.TYPE, ProtocolError.of(failure)).answering(message));
        }

        private boolean tooMany() {
            long now = clock.millis() / 1_000;
            if (now != second) {
                second = now;
                messagesThisSecond = 0;
            }
            return ++messagesThisSecond > MAX_MESSAGES_PER_SECOND;
        }
    }

    /** Counts brackets outside texts: cheap, and before any parser recurses. */
    static boolean tooDeep(String text) {
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                if (++depth > MAX_DEPTH) {
                    return true;
                }
            } else if (c == '}' || c == ']') {
                depth--;
            }
        }
        return false;
    }
}
