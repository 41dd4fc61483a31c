package io.aiwm.testing;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A way to a server that counts what clients send, and can let no more than so much of it through. */
public final class StallingProxy implements AutoCloseable {
    private final NetServer server;
    private final Set<NetSocket> clients = ConcurrentHashMap.newKeySet();
    private final AtomicLong sent = new AtomicLong();
    private volatile long stallAt = Long.MAX_VALUE;

    public StallingProxy(Vertx vertx, int port) {
        var client = vertx.createNetClient();
        server = vertx.createNetServer()
                .connectHandler(from -> {
                    from.pause();
                    clients.add(from);
                    client.connect(port, "127.0.0.1")
                            .onFailure(away -> from.close())
                            .onSuccess(to -> {
                                from.handler(bytes -> {
                                    to.write(bytes);
                                    if (sent.addAndGet(bytes.length()) >= stallAt || to.writeQueueFull()) {
                                        from.pause();
                                    }
                                });
                                to.drainHandler(empty -> {
                                    if (sent.get() < stallAt) {
                                        from.resume();
                                    }
                                });
                                to.handler(from::write);
                                from.closeHandler(closed -> to.close());
                                to.closeHandler(closed -> {
                                    clients.remove(from);
                                    from.close();
                                });
                                from.resume();
                            });
                })
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    /** How many bytes clients have sent so far. */
    public long sent() {
        return sent.get();
    }

    /** Once clients have sent so many bytes more, nothing of theirs is read. */
    public void stallAfter(long bytes) {
        stallAt = sent.get() + bytes;
    }

    /** Ends what is stalled, and lets everything through from now on. */
    public void free() {
        stallAt = Long.MAX_VALUE;
        clients.forEach(NetSocket::close);
    }

    @Override
    public void close() {
        server.close().await();
    }
}
