package io.aiwm.common;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.function.Predicate;

/**
 * The address to connect to for a host that a user names: the one that was judged, so that a name that means another a moment later
 * leads nowhere else.
 */
public final class HostAddresses {
    /** The host has an internal address that may not be reached. The message begins with the host. */
    public static final class InternalHostException extends Exception {
        private static final long serialVersionUID = 1;

        private InternalHostException(String host) {
            super(host + " is an internal address");
        }
    }

    private HostAddresses() {}

    /**
     * Returns the first address of a host. Blocks while the name is resolved. Fails if any of its addresses is internal and not
     * allowed.
     *
     * @param host as it stands in a URL
     * @param allowed internal addresses that may be reached
     */
    public static InetAddress resolve(String host, Predicate<InetAddress> allowed)
            throws UnknownHostException, InternalHostException {
        String bare = bare(host);
        InetAddress[] addresses = InetAddress.getAllByName(bare);
        for (InetAddress address : addresses) {
            if (InternalAddresses.contains(address) && !allowed.test(address)) {
                throw new InternalHostException(bare);
            }
        }
        return addresses[0];
    }

    /** Returns a host of a URL without the brackets of an IPv6 address. */
    public static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /**
     * A request to the address that was judged, whatever the name means a moment later; the certificate is still checked for the name.
     *
     * @param url absolute, with a host
     * @param address what {@link #resolve} gave for its host
     */
    public static RequestOptions request(HttpMethod method, URI url, InetAddress address) {
        int port = port(url);
        return new RequestOptions()
                .setMethod(method)
                .setHost(url.getHost())
                .setPort(port)
                .setSsl("https".equalsIgnoreCase(url.getScheme()))
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setURI(target(url));
    }

    /** Returns what stands in the first line of a request: the path and the query of a URL. */
    public static String target(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    /** Returns the port of a URL of http or https. */
    public static int port(URI url) {
        return url.getPort() > 0 ? url.getPort() : "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }
}
