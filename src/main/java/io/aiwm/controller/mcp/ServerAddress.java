package io.aiwm.controller.mcp;

import io.aiwm.common.AllowedHosts;
import io.aiwm.common.Failure;
import io.aiwm.common.HostAddresses;
import io.aiwm.inference.route.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where a server is connected to. The rules are those of model downloads: an internal address only if its host is allowed by the
 * settings, and the address that was judged is the one that is connected to. Containers of AIWM's own deployments are reached
 * where the gateway reaches them.
 */
final class ServerAddress {
    private final AllowedHosts hosts;
    private final Function<String, List<GatewayConfig.Replica>> replicas;

    /** @param address to connect to. @param host for the Host header and the certificate */
    record Place(String address, String host, int port, boolean tls) {}

    /**
     * @param allowed hosts that may be reached although they are internal
     * @param replicas of a deployment of this name that are ready
     */
    ServerAddress(Vertx vertx, List<String> allowed, Function<String, List<GatewayConfig.Replica>> replicas) {
        this.hosts = new AllowedHosts(vertx, allowed);
        this.replicas = replicas;
    }

    /** Fails with UNPROCESSABLE if the address may not be reached, with UNAVAILABLE if there is none. */
    Future<Place> of(McpTarget target) {
        if (target.deployment() != null) {
            return container(target)
                    .map(one -> Future.succeededFuture(new Place(one.host(), one.host(), one.port(), false)))
                    .orElseGet(() -> Future.failedFuture(
                            new Failure(Failure.Kind.UNAVAILABLE, target.name() + " has no container that is ready")));
        }
        URI url = target.url();
        boolean tls = url.getScheme().equalsIgnoreCase("https");
        return hosts.resolve(url)
                .recover(cause -> Future.failedFuture(refused(url, cause)))
                .map(address -> new Place(address.getHostAddress(), url.getHost(), HostAddresses.port(url), tls));
    }

    /** Always the same one, as long as it is there: a session may live in it. */
    private Optional<GatewayConfig.Replica> container(McpTarget target) {
        return replicas.apply(target.deployment()).stream().min(Comparator.comparingInt(GatewayConfig.Replica::index));
    }

    /** The id of the container that is called now; what is known of another one does not hold for it. Empty: none. */
    String containerOf(McpTarget target) {
        return target.deployment() == null
                ? ""
                : container(target).map(GatewayConfig.Replica::id).orElse("");
    }

    private static Throwable refused(URI url, Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return new Failure(Failure.Kind.UNAVAILABLE, HostAddresses.bare(url.getHost()) + " cannot be resolved");
        }
        return cause instanceof HostAddresses.InternalHostException
                ? new Failure(Failure.Kind.UNPROCESSABLE, cause.getMessage() + "; allow it in agents.internalHosts")
                : cause;
    }
}
