package io.aiwm.controller.http;

import io.aiwm.boot.Network;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.List;

/**
 * The reverse proxies whose {@code X-Forwarded-For} is believed. Each proxy adds the address it heard at the end of the
 * header, so it is read from the end, and the first address that is no trusted proxy is the client's. What stands before it
 * was written by the client, who may claim anything.
 */
final class TrustedProxies {
    private static final String HEADER = "X-Forwarded-For";
    private static final String UNKNOWN = "unknown";

    private final List<Network> proxies;

    TrustedProxies(List<Network> proxies) {
        this.proxies = proxies;
    }

    /** The address of the client, for logs and limits. */
    String clientOf(HttpServerRequest http) {
        var peer = http.remoteAddress();
        String address = peer == null || peer.hostAddress() == null ? UNKNOWN : peer.hostAddress();
        return proxies.isEmpty() ? address : client(address, http.headers().getAll(HEADER));
    }

    /** @param forwarded the values of the header, in the order in which they came */
    String client(String peer, List<String> forwarded) {
        String client = peer;
        for (int line = forwarded.size() - 1; line >= 0 && trusts(client); line--) {
            String[] claimed = forwarded.get(line).split(",", -1);
            for (int at = claimed.length - 1; at >= 0 && trusts(client); at--) {
                InetAddress before = address(claimed[at].strip());
                if (before == null) {
                    return client;
                }
                client = before.getHostAddress();
            }
        }
        return client;
    }

    private boolean trusts(String address) {
        InetAddress known = address(address);
        return known != null && proxies.stream().anyMatch(proxy -> proxy.contains(known));
    }

    /** Null: it is no IP address; names are not looked up. */
    private static InetAddress address(String text) {
        return NetUtil.createInetAddressFromIpAddressString(text);
    }
}
