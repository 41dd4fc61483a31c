package io.aiwm.controller.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The connections of one event loop, and which of them nobody uses. Vert.x's own idle timeout would also cut a caller who
 * waits for an execution to end, or reads a log that is quiet for a while; this one closes only connections without a
 * request under way. Not thread safe: used on its event loop only.
 */
final class Connections {
    private final Map<HttpConnection, Use> open = new HashMap<>();
    private final long idleMillis;

    private static final class Use {
        private int requests;
        private long since;
    }

    Connections(long idleMillis) {
        this.idleMillis = idleMillis;
    }

    int size() {
        return open.size();
    }

    void opened(HttpConnection connection, long nowMillis) {
        var use = new Use();
        use.since = nowMillis;
        open.put(connection, use);
        connection.closeHandler(closed -> open.remove(connection));
    }

    /** A request is under way until its answer has been written; one that becomes a WebSocket stays for good. */
    void begin(HttpServerRequest request) {
        Use use = open.get(request.connection());
        if (use != null) {
            use.requests++;
            request.response().endHandler(written -> ended(use));
        }
    }

    private static void ended(Use use) {
        use.requests--;
        use.since = System.currentTimeMillis();
    }

    /** Calls back, once, when a request that has begun has got its answer or can get none any more. */
    void onEnd(HttpServerRequest request, Runnable then) {
        Use use = open.get(request.connection());
        if (use == null) {
            then.run(); // the connection is closed
            return;
        }
        request.response().endHandler(written -> {
            ended(use);
            then.run();
        });
    }

    /** For sockets, which have heartbeats of their own. */
    void exempt(HttpServerRequest request) {
        open.remove(request.connection());
    }

    /** Closes those that are idle for too long; one that never sent a whole request head is idle, too. */
    void sweep(long nowMillis) {
        List<HttpConnection> idle = new ArrayList<>();
        open.forEach((connection, use) -> {
            if (use.requests == 0 && nowMillis - use.since >= idleMillis) {
                idle.add(connection);
            }
        });
        idle.forEach(HttpConnection::close);
    }
}
