package io.aiwm.inference.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.aiwm.common.AllowedHosts;
import io.aiwm.common.HostAddresses;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/** The address of an external endpoint: the one that was judged is the one that is connected to. */
final class AddressGuard {
    private static final Duration KEPT = Duration.ofSeconds(30);
    private static final int MOST_KEPT = 1_000;

    private final AllowedHosts hosts;
    private final Cache<String, InetAddress> judged =
            Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(MOST_KEPT).build();

    AddressGuard(Vertx vertx) {
        this.hosts = new AllowedHosts(vertx, List.of());
    }

    /** Fails with {@link GatewayError.Refused} 502 if the name has no address, or an internal one. */
    Future<InetAddress> resolve(String host) {
        InetAddress known = judged.getIfPresent(host);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return hosts.resolve(host)
                .recover(cause -> Future.failedFuture(refused(cause)))
                .onSuccess(address -> judged.put(host, address));
    }

    private static Throwable refused(Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return GatewayError.of(502, "upstream_unreachable", "the endpoint's name cannot be resolved")
                    .refused();
        }
        return cause instanceof HostAddresses.InternalHostException
                ? GatewayError.of(502, "endpoint_internal", "the endpoint has an internal address")
                        .refused()
                : cause;
    }
}
