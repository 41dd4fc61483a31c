package io.aiwm.inference.call;

import io.aiwm.inference.limit.Limiter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;

/** Headers of answers that are the gateway's own. */
final class GatewayHeaders {
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
    private static final CharSequence NODE = HttpHeaders.createOptimized("X-AIWM-Node");
    private static final CharSequence OVERHEAD = HttpHeaders.createOptimized("X-AIWM-Overhead-Ms");

    private GatewayHeaders() {}

    /**
     * @param nodeId null: no replica was reached, or one that is on none
     * @param overheadNanos negative: not said
     */
    static void set(
            MultiMap headers, String requestId, String nodeId, long overheadNanos, Limiter.Reservation reservation) {
        headers.set(REQUEST_ID, requestId);
        if (nodeId != null) {
            headers.set(NODE, nodeId);
        }
        if (overheadNanos >= 0) {
            headers.set(OVERHEAD, hundredths(overheadNanos));
        }
        if (reservation != null) {
            add(headers, reservation.headers());
        }
    }

    /** @param more names and values in turn */
    static void add(MultiMap headers, List<String> more) {
        for (int i = 0; i + 1 < more.size(); i += 2) {
            headers.set(more.get(i), more.get(i + 1));
        }
    }

    /** Milliseconds with two places, for example {@code 0.42}. */
    private static String hundredths(long nanos) {
        long value = nanos / 10_000;
        long rest = value % 100;
        return value / 100 + (rest < 10 ? ".0" : ".") + rest;
    }
}
