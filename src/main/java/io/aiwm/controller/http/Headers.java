package io.aiwm.controller.http;

import io.aiwm.common.Ids;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.regex.Pattern;

/** Headers that stand on every answer. */
final class Headers {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence NO_SNIFF_NAME = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
    private static final CharSequence POLICY_NAME = HttpHeaders.createOptimized("Content-Security-Policy");
    private static final CharSequence NOTHING =
            HttpHeaders.createOptimized("default-src 'none'; frame-ancestors 'none'");

    private static final Pattern REQUEST_ID_TEXT = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private Headers() {}

    /** What the caller named this request, if it fits in a log line, or a new id. */
    static String requestId(HttpServerRequest request) {
        String given = request.getHeader(REQUEST_ID);
        return given != null && REQUEST_ID_TEXT.matcher(given).matches() ? given : Ids.next("req");
    }

    /** For answers of the API: not to be cached, guessed at, framed or run. */
    static void secure(HttpServerResponse response, String requestId) {
        response.headers()
                .set(REQUEST_ID, requestId)
                .set(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .set(NO_SNIFF_NAME, NO_SNIFF)
                .set(POLICY_NAME, NOTHING);
    }
}
