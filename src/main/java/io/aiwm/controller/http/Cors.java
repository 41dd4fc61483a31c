package io.aiwm.controller.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Set;

/** Which browser pages of other origins may talk to us: none, unless they are named in the settings. */
final class Cors {
    private static final String ASK_AGAIN_AFTER_SECONDS = "600";

    private final Set<String> origins;

    Cors(List<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /** Whether a WebSocket from this page may be opened: ours, or a named one. A caller that is no browser has no Origin. */
    boolean mayConnect(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        return origin == null || origins.contains(origin) || isOurs(origin, request.getHeader("Host"));
    }

    private static boolean isOurs(String origin, String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }

    /** @return whether the page's origin is named */
    boolean allow(HttpServerRequest request) {
        if (origins.isEmpty()) {
            return false;
        }
        String origin = request.getHeader("Origin");
        request.response().putHeader("Vary", "Origin");
        boolean named = origin != null && origins.contains(origin);
        if (named) {
            request.response()
                    .putHeader("Access-Control-Allow-Origin", origin)
                    .putHeader(
                            "Access-Control-Expose-Headers",
                            "ETag, Location, Retry-After, X-Request-Id, Tus-Resumable, Tus-Version, Tus-Extension,"
                                    + " Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Expires, Aiwm-Model-Version");
        }
        return named;
    }

    /** Whether a browser asks what a page may send; any other OPTIONS asks what there is. */
    static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader("Access-Control-Request-Method") != null;
    }

    /** What a browser asks before it sends a request of its page. */
    void preflight(HttpServerRequest request, String methods) {
        String origin = request.getHeader("Origin");
        if (origin != null && origins.contains(origin)) {
            request.response()
                    .putHeader("Access-Control-Allow-Methods", methods)
                    .putHeader(
                            "Access-Control-Allow-Headers",
                            "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer,"
                                    + " X-Request-Id, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata,"
                                    + " Upload-Checksum, MCP-Protocol-Version, Mcp-Method, Mcp-Name")
                    .putHeader("Access-Control-Max-Age", ASK_AGAIN_AFTER_SECONDS);
        }
    }
}
