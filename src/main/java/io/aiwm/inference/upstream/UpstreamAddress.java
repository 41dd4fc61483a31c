package io.aiwm.inference.upstream;

import io.aiwm.inference.route.GatewayConfig;
import java.net.URI;

/**
 * Where an upstream listens.
 *
 * @param base path before the one that is asked for; empty: none
 * @param authorization of the endpoint; null: none
 * @param guarded whether the address must not be internal
 */
public record UpstreamAddress(String host, int port, boolean tls, String base, String authorization, boolean guarded) {
    /** A replica, whose address is the platform's own. */
    public static UpstreamAddress of(GatewayConfig.Replica replica) {
        return new UpstreamAddress(replica.host(), replica.port(), false, "", null, false);
    }

    /** Fails with IllegalArgumentException if the base URL is none of http or https. */
    public static UpstreamAddress of(GatewayConfig.External endpoint, boolean guarded) {
        URI url = URI.create(endpoint.baseUrl());
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        if (url.getHost() == null || (!tls && !"http".equalsIgnoreCase(url.getScheme()))) {
            throw new IllegalArgumentException("the base URL of an endpoint must be of http or https");
        }
        String path = url.getRawPath() == null ? "" : url.getRawPath().replaceFirst("/+$", "");
        // operations are asked for with /v1 before them, which the base URL ends with
        String base = path.endsWith("/v1") ? path.substring(0, path.length() - 3) : path;
        return new UpstreamAddress(
                url.getHost(),
                url.getPort() > 0 ? url.getPort() : tls ? 443 : 80,
                tls,
                base,
                endpoint.authorization(),
                guarded);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
