package io.aiwm.common;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/** The hosts that calls of one kind may go to: those with public addresses, and those that a setting names. Thread-safe. */
public final class AllowedHosts {
    private final NameLookups names;
    private final List<String> allowed;

    /** @param allowed hosts that may be reached although they are internal */
    public AllowedHosts(Vertx vertx, List<String> allowed) {
        this.names = new NameLookups(vertx);
        this.allowed =
                allowed.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    }

    /**
     * Returns the address to connect to, for {@link HostAddresses#request}: the one that was judged. Fails with
     * {@link java.net.UnknownHostException} or {@link HostAddresses.InternalHostException}.
     *
     * @param url absolute, with a host
     */
    public Future<InetAddress> resolve(URI url) {
        return resolve(url.getHost());
    }

    /** The same for a host as it stands in a URL. */
    public Future<InetAddress> resolve(String host) {
        String bare = HostAddresses.bare(host);
        boolean named = allowed.contains(bare.toLowerCase(Locale.ROOT));
        return names.run(() -> HostAddresses.resolve(bare, internal -> named));
    }
}
