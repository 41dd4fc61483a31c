package io.aiwm.controller.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The requests of one event loop that have no answer yet. One timer looks at them once a second, instead of one
 * timer per request. Not thread safe: used on its event loop only.
 */
final class InFlight {
    private final Map<Exchange, Long> deadlines = new HashMap<>();
    private final long timeoutMillis;

    InFlight(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
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
    }

    /** Answers 504 to those whose time is up. */
    void sweep(long nowMillis) {
        List<Exchange> late = new ArrayList<>();
        deadlines.forEach((exchange, deadline) -> {
            if (deadline <= nowMillis) {
                late.add(exchange);
            }
        });
        late.forEach(Exchange::timeOut);
    }
}
