package io.aiwm.inference.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Which headers of calls and answers go through; all others stay behind, the caller's key and cookies first of all. */
public final class PassedHeaders {
    private static final Set<String> TO_UPSTREAM =
            Set.of("accept", "content-type", "traceparent", "tracestate", "idempotency-key");
    private static final Set<String> TO_CALLER =
            Set.of("content-type", "content-language", "content-disposition", "retry-after");
    private static final CharSequence AGENT = HttpHeaders.createOptimized("aiwm");

    private PassedHeaders() {}

    public static MultiMap toUpstream(MultiMap given) {
        MultiMap passed = HttpHeaders.headers();
        for (Map.Entry<String, String> each : given) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            if (TO_UPSTREAM.contains(name) || name.startsWith("openai-") || name.startsWith("anthropic-")) {
                passed.add(name, each.getValue());
            }
        }
        // what is not said may be encoded as the upstream likes, and what it used could not be read of it
        return passed.set(HttpHeaders.ACCEPT_ENCODING, HttpHeaders.IDENTITY).set(HttpHeaders.USER_AGENT, AGENT);
    }

    /**
     * Where the upstream says how its answer is encoded, that alone is said: beside {@code identity}, which keeps the port from encoding
     * it, the port would remove both.
     */
    public static void makeRoom(MultiMap answered, MultiMap passed) {
        if (answered.contains(HttpHeaders.CONTENT_ENCODING)) {
            passed.remove(HttpHeaders.CONTENT_ENCODING);
        }
    }

    public static void toCaller(MultiMap answered, MultiMap passed) {
        for (Map.Entry<String, String> each : answered) {
            String name = each.getKey().toLowerCase(Locale.ROOT);
            if (TO_CALLER.contains(name) || name.startsWith("openai-")) {
                passed.add(each.getKey(), each.getValue());
            }
        }
    }
}
