package io.aiwm.controller.http;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The requests of one event loop that have no answer yet, oldest first. One timer looks at the head once a second,
 * instead of one timer per request. Not thread safe: used on its event loop only.
 */
final class InFlight {
    private final Map<Exchange, Long> deadlines = new LinkedHashMap<>();
    private final long timeoutMillis;

    InFlight(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    int size() {
        return deadlines.size();
    }

    void add(Exchange exchange, long nowMillis) {
        deadlines.put(exchange, nowMillis + timeoutMillis);
    }

    void remove(Exchange exchange) {
        deadlines.remove(exchange);
    }

    /** Answers 504 to those whose time is up. All have the same timeout, so the first that has time left ends the look. */
    void sweep(long nowMillis) {
        Iterator<Map.Entry<Exchange, Long>> oldest = deadlines.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<Exchange, Long> entry = oldest.next();
            if (entry.getValue() > nowMillis) {
                return;
            }
            oldest.remove();
            entry.getKey().timeOut();
        }
    }
}
