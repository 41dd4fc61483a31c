package io.aiwm.controller.objects;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Stands between a store and its server, and cuts connections in the middle of what is sent. */
final class CuttingProxy {
    /** Kept: a client that nobody holds closes its connections when it is collected. */
    private final NetClient clients;

    private final int target;
    private final NetServer server;
    private final AtomicInteger cutsLeft = new AtomicInteger();
    private final AtomicLong after = new AtomicLong();
    final AtomicInteger cuts = new AtomicInteger();

    CuttingProxy(Vertx vertx, int target) {
        this.clients = vertx.createNetClient();
        this.target = target;
        this.server = vertx.createNetServer().connectHandler(this::connected);
        server.listen(0, "127.0.0.1").await();
    }

    int port() {
        return server.actualPort();
    }

    /** The next so many connections that send more than that are cut. */
    void cut(int connections, long afterBytes) {
        after.set(afterBytes);
        cutsLeft.set(connections);
    }

    private void connected(NetSocket client) {
        client.pause();
        clients.connect(target, "127.0.0.1").onSuccess(onward -> {
            var sent = new AtomicLong();
            client.handler(bytes -> {
                if (cutsLeft.get() > 0 && sent.addAndGet(bytes.length()) > after.get()) {
                    cutsLeft.decrementAndGet();
                    cuts.incrementAndGet();
                    onward.close();
                    client.close();
                    return;
                }
                onward.write(bytes);
                if (onward.writeQueueFull()) {
                    client.pause();
                    onward.drainHandler(drained -> client.resume());
                }
            });
            client.closeHandler(closed -> onward.close());
            onward.pipeTo(client);
            client.resume();
        });
    }
}
