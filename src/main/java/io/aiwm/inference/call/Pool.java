package io.aiwm.inference.call;

import io.aiwm.inference.balance.Balancer;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.upstream.UpstreamAddress;
import java.util.Set;

/**
 * What takes calls: a deployment with its replicas, or an external endpoint.
 *
 * @param deployed of an endpoint: one with a single replica that stands for it
 * @param external null: a deployment
 * @param endpoint where the external endpoint listens; null: a deployment
 * @param proxied of calls below {@code /proxy}, which have places of their own: a WebSocket may stay open for days. Null: an endpoint
 */
public record Pool(
        GatewayConfig.Deployed deployed,
        GatewayConfig.External external,
        UpstreamAddress endpoint,
        Balancer balancer,
        Balancer proxied) {
    public String id() {
        return deployed.id();
    }

    UpstreamAddress where(GatewayConfig.Replica replica) {
        return endpoint == null ? UpstreamAddress.of(replica) : endpoint;
    }

    /** Whether it has a replica besides this one that is none of those. */
    boolean hasOther(Set<String> failed, GatewayConfig.Replica taken) {
        return deployed.replicas().stream()
                .map(GatewayConfig.Replica::id)
                .anyMatch(id -> !failed.contains(id) && !id.equals(taken.id()));
    }

    String upstreamModel() {
        return deployed.upstreamModel();
    }

    /** All calls that have a place, without those that are quiet. */
    public int inFlight() {
        return balancer.inFlight() + (proxied == null ? 0 : proxied.inFlight());
    }

    /** All calls that wait for one. */
    public int waiting() {
        return balancer.waiting() + (proxied == null ? 0 : proxied.waiting());
    }

    /** Calls of models that it has, for each replica. */
    public double load() {
        int replicas = deployed.replicas().size();
        return replicas == 0 ? Double.MAX_VALUE : (double) (balancer.inFlight() + balancer.waiting()) / replicas;
    }
}
