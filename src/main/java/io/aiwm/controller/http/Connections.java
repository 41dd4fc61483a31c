package io.aiwm.controller.http;

import io.aiwm.common.ArrivalTimes;
import io.aiwm.common.Monotonic;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
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
    /** A connection is made in order to ask; and the head of a request, once begun, is to be there as a whole. */
    static final long HEAD_MILLIS = 30_000;
    /** The rest of a body whose request is answered already is waited for this long at most. */
    private static final long REST_OF_BODY_MILLIS = 8_000;

    private final Map<HttpConnection, Use> open = new HashMap<>();
    private final long idleMillis;

    private static final class Use {
        /** What to do at the end of each request that has begun, of HTTP/1 and so of all of the connection's at its end. */
        private final Map<HttpServerResponse, Runnable> underWay = new HashMap<>(2);

        private long since;
        private boolean last;
        /** Null: not watched. */
        private ArrivalTimes arrivals;
        /** Null: there was none yet. */
        private HttpServerRequest latest;
    }

    Connections(long idleMillis) {
        this.idleMillis = idleMillis;
    }

    /** How long nothing may be under way on it. */
    private long patience(Use use) {
        if (use.last) {
            return 0;
        }
        long most = use.latest == null ? HEAD_MILLIS : use.latest.isEnded() ? idleMillis : REST_OF_BODY_MILLIS;
        return Math.min(most, idleMillis);
    }

    int size() {
        return open.size();
    }

    void opened(HttpConnection connection, long nowMillis) {
        var use = new Use();
        use.since = nowMillis;
        SocketAddress peer = connection.remoteAddress(true);
        use.arrivals = ArrivalTimes.of(
                peer.hostAddress(), peer.port(), connection.localAddress(true).port());
        open.put(connection, use);
        connection.closeHandler(closed -> {
            open.remove(connection);
            List<Runnable> ended = List.copyOf(use.underWay.values());
            use.underWay.clear();
            ended.forEach(Runnable::run);
        });
    }

    /** A request is under way until its answer has been written; one that becomes a WebSocket stays for good. */
    void begin(HttpServerRequest request) {
        Use use = open.get(request.connection());
        if (use != null) {
            use.latest = request;
            underWay(use, request, () -> {});
        }
    }

    /** Calls back, once, at the end of its answer or of its connection; Vert.x tells of the first only if there is one. */
    private static void underWay(Use use, HttpServerRequest request, Runnable then) {
        use.underWay.put(request.response(), then);
        request.response().endHandler(written -> {
            Runnable waiting = use.underWay.remove(request.response());
            use.since = Monotonic.millis();
            if (use.arrivals != null) {
                use.arrivals.restart();
            }
            if (waiting != null) {
                waiting.run();
            }
        });
    }

    /** Whatever else comes on its connection is no request; it is closed by the next {@link #sweep}. */
    void last(HttpServerRequest request) {
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        Use use = open.get(request.connection());
        if (use != null) {
            use.last = true;
        }
    }

    boolean isAfterLast(HttpServerRequest request) {
        Use use = open.get(request.connection());
        return use != null && use.last;
    }

    /** Whether the head of another request has begun to come too long ago. */
    private static boolean trickles(Use use, long nowMillis) {
        if (use.arrivals == null || use.latest == null) {
            return false;
        }
        if (!use.latest.isEnded()) {
            use.arrivals.restart(); // what came is the rest of its body
            return false;
        }
        return use.arrivals.beganBefore(nowMillis, HEAD_MILLIS);
    }

    /** Calls back, once, when a request that has begun has got its answer or can get none any more. */
    void onEnd(HttpServerRequest request, Runnable then) {
        Use use = open.get(request.connection());
        if (use == null) {
            then.run(); // the connection is closed
            return;
        }
        underWay(use, request, then);
    }

    /** For sockets, which have heartbeats of their own. */
    void exempt(HttpServerRequest request) {
        open.remove(request.connection());
    }

    /**
     * Closes those that are idle for too long; one that never sent a whole request head is idle, too, and one on which the
     * head of another request trickles in, or the body of a request that has its answer.
     */
    void sweep(long nowMillis) {
        List<HttpConnection> idle = new ArrayList<>();
        open.forEach((connection, use) -> {
            if (use.underWay.isEmpty() && (nowMillis - use.since >= patience(use) || trickles(use, nowMillis))) {
                idle.add(connection);
            }
        });
        idle.forEach(HttpConnection::close);
    }
}
