package io.aiwm.controller.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The requests of one event loop that have no answer yet. One timer looks at them once a second, instead of one
 * timer per request. Not thread safe: used on its event loop only.
 */
final class InFlight {
    private final Map<Exchange, Long> deadlines = new HashMap<>();
    /** Without a deadline: they go on for as long as their caller may hear, or say, more. */
    private final Set<Exchange> streams = new HashSet<>();

    private final long timeoutMillis;

    private final Connections connections;
    private final Shares shares;

    InFlight(long timeoutMillis, Connections connections, Shares shares) {
        this.timeoutMillis = timeoutMillis;
        this.connections = connections;
        this.shares = shares;
    }

    /** Counts a request as its caller's until its end. Fails with LIMITED when they have too many. */
    void count(HttpServerRequest request, Shares.Kind kind, String user) {
        shares.take(kind, user);
        connections.onEnd(request, () -> shares.giveBack(kind, user));
    }

    int size() {
        return deadlines.size();
    }

    /** @param extraMillis what the caller itself wants to wait longer */
    void add(Exchange exchange, long nowMillis, long extraMillis) {
        deadlines.put(exchange, nowMillis + timeoutMillis + extraMillis);
    }

    void remove(Exchange exchange) {
        deadlines.remove(exchange);
        streams.remove(exchange);
    }

    void streaming(Exchange exchange) {
        deadlines.remove(exchange);
        streams.add(exchange);
    }

    /** Ends what callers wait for, hear or send who would not be let in any more. */
    void recheck(TokenCheck tokens) {
        streams.removeIf(Exchange::isAnswered);
        streams.forEach(exchange -> exchange.recheck(tokens));
        deadlines.keySet().forEach(exchange -> exchange.recheck(tokens));
    }

    /** Answers 408 or 504 to those whose time is up, and ends uploads that come too slowly. */
    void sweep(long nowMillis) {
        List<Exchange> late = new ArrayList<>();
        deadlines.forEach((exchange, deadline) -> {
            if (deadline <= nowMillis) {
                late.add(exchange);
            }
        });
        late.forEach(Exchange::timeOut);
        List.copyOf(streams).forEach(Exchange::checkPace);
    }
}
