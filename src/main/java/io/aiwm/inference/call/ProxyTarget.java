package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * What {@code /proxy/{deployment}/…} asks for.
 *
 * @param prefix what the deployment does not see of the path
 * @param uri path and query at the replica
 */
record ProxyTarget(String deployment, String prefix, String uri) {
    static final String ROOT = "/proxy/";

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
