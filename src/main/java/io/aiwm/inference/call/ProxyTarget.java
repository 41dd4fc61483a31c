package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What {@code /proxy/{deployment}/…} asks for.
 *
 * @param prefix what the deployment does not see of the path
 * @param uri path and query at the replica
 */
record ProxyTarget(String deployment, String prefix, String uri) {
    static final String ROOT = "/proxy/";

    /** What a guarded engine serves beside {@code /v1} and {@code /v2}: all else may change it, or put it to sleep. */
    private static final Set<String> OPEN = Set.of(
            "/",
            "/health",
            "/ping",
            "/load",
            "/version",
            "/metrics",
            "/tokenize",
            "/detokenize",
            "/score",
            "/rerank",
            "/pooling",
            "/classify");

    /** Fails with {@link GatewayError.Refused} 400 if the path leads, or may be read to lead, out of where it begins. */
    static ProxyTarget of(String requested) {
        int query = requested.indexOf('?');
        String path = query < 0 ? requested : requested.substring(0, query);
        int slash = path.indexOf('/', ROOT.length());
        String name = path.substring(ROOT.length(), slash < 0 ? path.length() : slash);
        String rest = slash < 0 ? "/" : path.substring(slash);
        String decoded = decoded(rest);
        for (String segment : decoded.split("[/\\\\]", -1)) {
            if (segment.equals("..") || segment.equals(".") || segment.startsWith("..;") || segment.startsWith(".;")) {
                throw refused();
            }
        }
        if (rest.startsWith("//") || decoded.chars().anyMatch(each -> each < 0x20 || each == 0x7f)) {
            throw refused();
        }
        return new ProxyTarget(decoded(name), ROOT + name, query < 0 ? rest : rest + requested.substring(query));
    }

    /** Fails with {@link GatewayError.Refused} 403 unless it is a path for callers of a guarded engine. */
    void checkGuarded() {
        int query = uri.indexOf('?');
        String path = decoded(query < 0 ? uri : uri.substring(0, query));
        if (!OPEN.contains(path) && !path.startsWith("/v1/") && !path.startsWith("/v2/")) {
            throw GatewayError.of(403, "path_not_allowed", "this path of the engine is not for callers")
                    .refused();
        }
    }

    private static String decoded(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException brokenEscape) {
            throw refused();
        }
    }

    private static GatewayError.Refused refused() {
        return GatewayError.invalid(null, "the path must be one without . and .. in it")
                .refused();
    }

    /** A redirect of the replica to a path of its own, as the caller reaches it; anything else as it is. */
    String location(String said) {
        return said.startsWith("/") && !said.startsWith("//") ? prefix + said : said;
    }
}
