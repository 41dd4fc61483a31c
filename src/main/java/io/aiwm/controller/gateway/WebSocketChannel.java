package io.aiwm.controller.gateway;

import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import io.vertx.core.http.ServerWebSocket;

/** A worker's WebSocket. Safe to use from any thread. */
final class WebSocketChannel implements Channel {
    /** A worker that does not read is cut off rather than buffered without end. */
    private static final int MAX_QUEUED_BYTES = 8 * Envelope.MAX_BYTES;

    private final ServerWebSocket socket;

    WebSocketChannel(ServerWebSocket socket) {
        this.socket = socket;
        socket.setWriteQueueMaxSize(MAX_QUEUED_BYTES);
    }

    @Override
    public Future<Void> send(Envelope message) {
        if (socket.isClosed()) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the node's connection is closed"));
        }
        if (socket.writeQueueFull()) {
            close(CloseCode.TOO_MANY, "reads too slowly");
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the node reads too slowly"));
        }
        return socket.writeTextMessage(message.encode());
    }

    boolean isClosed() {
        return socket.isClosed();
    }

    @Override
    public void close(int code, String reason) {
        if (!socket.isClosed()) {
            socket.close((short) code, reason);
        }
    }

    @Override
    public String transport() {
        return "websocket";
    }
}
