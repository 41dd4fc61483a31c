package io.aiwm.worker.link;

import io.aiwm.common.Failure;
import io.aiwm.protocol.ConnectionAck;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.ProtocolError;
import io.aiwm.protocol.RegisterAck;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.net.PemTrustOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code GET /ws/node} with the node token in the handshake. */
final class WebSocketTransport implements Transport {
    private static final int PATIENCE_MS = 10_000;
    /** Messages that wait while the socket is full; beyond it they are dropped. */
    private static final int MAX_WAITING = 1_000;

    private static final int MAX_DETAIL_CHARS = 300;

    private static final Logger log = LoggerFactory.getLogger(WebSocketTransport.class);

    private final Vertx vertx;
    private final WebSocketClient client;
    private final URI url;

    /** @param authorities PEM file of those that the controller's certificate may come from; null: those of the JVM */
    WebSocketTransport(Vertx vertx, URI url, Path authorities) {
        this.vertx = vertx;
        this.url = url;
        var options = new WebSocketClientOptions()
                .setConnectTimeout(PATIENCE_MS)
                .setMaxFrameSize(Envelope.MAX_BYTES)
                .setMaxMessageSize(Envelope.MAX_BYTES);
        if (authorities != null) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(authorities.toString()));
        }
        this.client = vertx.createWebSocketClient(options);
    }

    @Override
    public Future<Channel> open(Identity identity, Listener listener) {
        boolean tls = "wss".equals(url.getScheme());
        var options = new WebSocketConnectOptions()
                .setHost(url.getHost())
                .setPort(url.getPort() > 0 ? url.getPort() : tls ? 443 : 80)
                .setURI(url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery()))
                .setSsl(tls)
                .setTimeout(PATIENCE_MS);
        if (identity.nodeToken() != null) {
            options.putHeader("Authorization", "Bearer " + identity.nodeToken());
        }
        var channel = new SocketChannel(client.webSocket(), listener);
        channel.socket
                .connect(options)
                .onSuccess(up -> channel.connected())
                .onFailure(cause -> channel.greeting.tryFail(unreached(cause, identity.nodeToken() != null)));
        return channel.withinPatience(channel.greeting, "connection.ack").map(ack -> {
            channel.nodeId = ack.nodeId();
            return channel;
        });
    }

    private LinkEnding unreached(Throwable cause, boolean shown) {
        return cause instanceof UpgradeRejectedException refused
                ? LinkEnding.handshake(refused.getStatus(), shown, detail(refused.getBody()))
                : new LinkEnding(
                        LinkEnding.Kind.LOST, url.getAuthority() + " cannot be reached: " + cause.getMessage());
    }

    /** Returns the detail of a problem document; empty when the text is none. */
    private static String detail(Buffer body) {
        try {
            String detail = body == null ? null : body.toJsonObject().getString("detail");
            return detail == null ? "" : detail.substring(0, Math.min(detail.length(), MAX_DETAIL_CHARS));
        } catch (DecodeException | ClassCastException noProblem) {
            return "";
        }
    }

    private final class SocketChannel implements Channel {
        private final ClientWebSocket socket;
        private final Listener listener;
        private final Promise<ConnectionAck> greeting = Promise.promise();
        private final Promise<RegisterAck> answer = Promise.promise();
        private final ArrayDeque<String> waiting = new ArrayDeque<>();
        private String nodeId;
        private boolean connected;
        private boolean ended;

        SocketChannel(ClientWebSocket socket, Listener listener) {
            this.socket = socket;
            this.listener = listener;
            socket.textMessageHandler(this::text);
            socket.drainHandler(ignored -> drain());
            socket.exceptionHandler(cause -> log.debug("socket: {}", cause.toString()));
            socket.closeHandler(ignored -> end(LinkEnding.closed(socket.closeStatusCode(), socket.closeReason())));
        }

        <T> Future<T> withinPatience(Promise<T> promise, String what) {
            long timer = vertx.setTimer(
                    PATIENCE_MS,
                    ignored -> promise.tryFail(new LinkEnding(LinkEnding.Kind.LOST, "no " + what + " within 10 s")));
            return promise.future().onComplete(done -> vertx.cancelTimer(timer)).onFailure(cause -> close());
        }

        private void text(String text) {
            connected = true;
            Envelope message;
            try {
                message = Envelope.decode(text);
                switch (message.type()) {
                    case ConnectionAck.TYPE -> greeting.tryComplete(message.as(ConnectionAck.class));
                    case RegisterAck.TYPE -> answer.tryComplete(message.as(RegisterAck.class));
                    default -> {
                        if (!ended) {
                            listener.message(message);
                        }
                    }
                }
            } catch (Failure cause) {
                send(Envelope.of(ProtocolError.TYPE, new ProtocolError("invalid", cause.getMessage())));
            }
        }

        @Override
        public String nodeId() {
            return nodeId;
        }

        @Override
        public Future<RegisterAck> register(NodeRegister registration) {
            send(Envelope.of(NodeRegister.TYPE, registration));
            return withinPatience(answer, "register.ack");
        }

        @Override
        public void send(Envelope message) {
            if (ended) {
                return;
            }
            String text = message.encode();
            if (text.length() > Envelope.MAX_BYTES) {
                log.warn(
                        "{} of {} characters is larger than the protocol allows; not sent",
                        message.type(),
                        text.length());
            } else if (!waiting.isEmpty() || socket.writeQueueFull()) {
                if (waiting.size() < MAX_WAITING) {
                    waiting.add(text);
                }
            } else {
                socket.writeTextMessage(text);
            }
        }

        private void drain() {
            while (!waiting.isEmpty() && !socket.writeQueueFull()) {
                socket.writeTextMessage(waiting.poll());
            }
        }

        private void end(LinkEnding ending) {
            if (!ended) {
                ended = true;
                greeting.tryFail(ending);
                answer.tryFail(ending);
                listener.ended(ending);
            }
        }

        @Override
        public Future<Void> close() {
            if (ended) {
                return Future.succeededFuture();
            }
            ended = true;
            return !connected || socket.isClosed() ? Future.succeededFuture() : socket.close();
        }

        /** Before that the socket throws at whatever it is asked; one that was given up meanwhile is not kept. */
        private void connected() {
            connected = true;
            if (ended) {
                socket.close();
            }
        }
    }
}
