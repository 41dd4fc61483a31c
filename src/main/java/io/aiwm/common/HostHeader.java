package io.aiwm.common;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.regex.Pattern;

/** Which host a request names: whoever stands before or behind must see the same one. */
public final class HostHeader {
    /** A name or an address, in brackets if it has colons, and a port. */
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._~%!$&'()*+,;=-]*|\\[[0-9A-Fa-f:.]+])(?::[0-9]*)?");

    private HostHeader() {}

    /** Whether the request names one host in one way (RFC 9112, section 3.2). HTTP/1.0 need not name any. */
    public static boolean isClear(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        return switch (hosts.size()) {
            case 0 -> request.version() != HttpVersion.HTTP_1_1;
            case 1 -> isHost(hosts.get(0).strip());
            default -> false;
        };
    }

    /** What nearly all of them are made of is found without the pattern. */
    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
            if (!plain) {
                return HOST.matcher(host).matches();
            }
        }
        return true;
    }
}
