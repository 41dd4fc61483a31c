package io.aiwm.testing;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server that takes its time in both directions, and can stand still: then nothing of what the server sends is taken. */
public final class SlowLink implements AutoCloseable {
    private final Vertx vertx;
    /** Kept: a client that nobody holds closes its connections when it is collected. */
    private final NetClient client;

    private final NetServer server;
    private final long oneWayMillis;
    private final Set<NetSocket> upstream = ConcurrentHashMap.newKeySet();
    private volatile boolean standing;

    public SlowLink(Vertx vertx, int port, long oneWayMillis) {
        this.vertx = vertx;
        this.oneWayMillis = oneWayMillis;
        this.client = vertx.createNetClient();
        this.server = vertx.createNetServer()
                .connectHandler(from -> {
                    from.pause();
                    client.connect(port, "127.0.0.1")
                            .onFailure(away -> from.close())
                            .onSuccess(to -> join(from, to));
                })
                .listen(0, "127.0.0.1")
                .await();
    }

    private void join(NetSocket from, NetSocket to) {
        upstream.add(to);
        carry(from, to);
        carry(to, from);
        from.closeHandler(closed -> to.close());
        to.closeHandler(closed -> {
            upstream.remove(to);
            from.close();
        });
        if (standing) {
            to.pause();
        }
        from.resume();
    }

    /** Timers of one event loop that are equally long end in the order in which they were set. */
    private void carry(NetSocket from, NetSocket to) {
        from.handler(bytes -> vertx.setTimer(oneWayMillis, due -> {
            to.write(bytes);
            if (to.writeQueueFull()) {
                from.pause();
                to.drainHandler(drained -> {
                    if (!standing || !upstream.contains(from)) {
                        from.resume();
                    }
                });
            }
        }));
    }

    public int port() {
        return server.actualPort();
    }

    /** What the server sends stays with it from now on. */
    public void stand() {
        standing = true;
        upstream.forEach(NetSocket::pause);
    }

    public void goOn() {
        standing = false;
        upstream.forEach(NetSocket::resume);
    }

    @Override
    public void close() {
        server.close().await();
    }
}
