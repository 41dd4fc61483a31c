package io.aiwm.inference.call;

import io.aiwm.inference.upstream.PassedHeaders;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Headers of what is passed to a deployment as it is: all but those of one connection, and those that are the gateway's. */
final class ProxyHeaders {
    private static final Set<String> OF_ONE_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");
    private static final Set<String> KEPT_FROM_UPSTREAM =
            Set.of("authorization", "x-api-key", "cookie", "host", "expect", "forwarded", "x-real-ip");
    private static final Set<String> KEPT_FROM_CALLER =
            Set.of("set-cookie", "strict-transport-security", "content-security-policy", "clear-site-data");

    private ProxyHeaders() {}

    static MultiMap toUpstream(HttpServerRequest request, String prefix, boolean upgrade) {
        MultiMap passed = HttpHeaders.headers();
        Set<String> named = named(request.headers());
        for (Map.Entry<String, String> each : request.headers()) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            if (!OF_ONE_CONNECTION.contains(name)
                    && !named.contains(name)
                    && !KEPT_FROM_UPSTREAM.contains(name)
                    && !name.startsWith("x-forwarded-")) {
                passed.add(each.getKey(), each.getValue());
            }
        }
        if (upgrade) {
            passed.set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE).set(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
        }
        String host = request.getHeader(HttpHeaders.HOST);
        if (host != null) {
            passed.set("X-Forwarded-Host", host);
        }
        return passed.set("X-Forwarded-For", request.remoteAddress().hostAddress())
                .set("X-Forwarded-Proto", request.isSSL() ? "https" : "http")
                .set("X-Forwarded-Prefix", prefix);
    }

    /** What a container answers is not a page of ours: it gets neither scripts nor cookies of the gateway's origin. */
    static void toCaller(MultiMap answered, MultiMap passed, ProxyTarget target) {
        Set<String> named = named(answered);
        PassedHeaders.makeRoom(answered, passed);
        for (Map.Entry<String, String> each : answered) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            if (name.equals("location")) {
                passed.add(each.getKey(), target.location(each.getValue()));
            } else if (!OF_ONE_CONNECTION.contains(name) && !named.contains(name) && !isKept(name)) {
                passed.add(each.getKey(), each.getValue());
            }
        }
        passed.set("Content-Security-Policy", "sandbox").set("X-Content-Type-Options", "nosniff");
    }

    /** Which pages of other origins may read an answer is said by the gateway. */
    private static boolean isKept(String name) {
        return KEPT_FROM_CALLER.contains(name) || name.startsWith("access-control-");
    }

    /** Takes back what an answer said of itself, because another one is given in its place. */
    static void withdraw(MultiMap answered, MultiMap passed) {
        answered.names().forEach(passed::remove);
    }

    /** Headers that {@code Connection} says are of this connection alone. */
    private static Set<String> named(MultiMap headers) {
        var named = new HashSet<String>();
        for (String line : headers.getAll(HttpHeaders.CONNECTION)) {
            for (String name : line.split(",")) {
                named.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        // a body is passed on with its length whatever is said of it here
        named.remove("content-length");
        return named;
    }
}
