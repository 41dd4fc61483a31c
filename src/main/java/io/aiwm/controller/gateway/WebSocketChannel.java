package io.aiwm.controller.gateway;

import io.aiwm.common.Failure;
import io.aiwm.protocol.Envelope;
import io.vertx.core.Future;
import io.vertx.core.http.ServerWebSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** A worker's WebSocket. Safe to use from any thread. */
final class WebSocketChannel implements Channel {
    /** A worker that does not read is cut off rather than buffered without end. */
    private static final int MAX_QUEUED_BYTES = 8 * Envelope.MAX_BYTES;

    private final ServerWebSocket socket;
    /** Characters not yet handed to the kernel. Vert.x's own mark counts messages from other threads, and is full at 16. */
    private final AtomicInteger queued = new AtomicInteger();

    WebSocketChannel(ServerWebSocket socket) {
        this.socket = socket;
    }

    @Override
    public Future<Void> send(Envelope message) {
        if (socket.isClosed()) {
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the node's connection is closed"));
        }
        String text = message.encode();
        if (queued.addAndGet(text.length()) > MAX_QUEUED_BYTES) {
            queued.addAndGet(-text.length());
            close(CloseCode.TOO_MANY, "reads too slowly");
            return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the node reads too slowly"));
        }
        return socket.writeTextMessage(text).onComplete(written -> queued.addAndGet(-text.length()));
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
