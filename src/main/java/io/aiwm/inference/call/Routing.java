package io.aiwm.inference.call;

import io.aiwm.inference.GatewayError;
import io.aiwm.inference.balance.Balancer;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.route.GatewayConfigDeployedBuilder;
import io.aiwm.inference.route.Routes;
import io.aiwm.inference.upstream.UpstreamAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/** A configuration, made ready for calls. Immutable but for what its balancers keep. */
public final class Routing {
    public static final Routing EMPTY = new Routing(GatewayConfig.EMPTY, Map.of());

    private final GatewayConfig config;
    private final Routes routes;
    private final Map<String, Pool> pools;

    private Routing(GatewayConfig config, Map<String, Pool> pools) {
        this.config = config;
        this.routes = new Routes(config);
        this.pools = pools;
    }

    /**
     * The next one: balancers of what stays are kept. Called by one thread at a time.
     *
     * @param proxied calls below {@code /proxy} that one replica has at once
     */
    public Routing with(
            GatewayConfig next, Function<GatewayConfig.Deployed, Balancer> balancers, boolean guarded, int proxied) {
        var made = new HashMap<String, Pool>();
        for (GatewayConfig.Deployed each : next.deployments()) {
            made.put(
                    each.id(),
                    new Pool(
                            each,
                            null,
                            null,
                            balancer(Pool::balancer, each, each, balancers),
                            balancer(Pool::proxied, each, proxied(each, proxied), balancers)));
        }
        for (GatewayConfig.External each : next.endpoints()) {
            UpstreamAddress where = UpstreamAddress.of(each, guarded);
            GatewayConfig.Deployed alone = standIn(each, where);
            made.put(each.id(), new Pool(alone, each, where, balancer(Pool::balancer, alone, alone, balancers), null));
        }
        pools.forEach((id, pool) -> {
            if (!made.containsKey(id)) {
                pool.balancer().update(removed(pool.deployed()));
                if (pool.proxied() != null) {
                    pool.proxied().update(removed(pool.deployed()));
                }
            }
        });
        return new Routing(next, made);
    }

    /** @param deployed as it is configured. @param told what the balancer is told of it */
    private Balancer balancer(
            Function<Pool, Balancer> which,
            GatewayConfig.Deployed deployed,
            GatewayConfig.Deployed told,
            Function<GatewayConfig.Deployed, Balancer> balancers) {
        Pool known = pools.get(deployed.id());
        if (known == null) {
            return balancers.apply(told);
        }
        Balancer kept = which.apply(known);
        if (!known.deployed().equals(deployed)) {
            kept.update(told);
        }
        return kept;
    }

    private static GatewayConfig.Deployed proxied(GatewayConfig.Deployed deployed, int concurrency) {
        return GatewayConfigDeployedBuilder.builder(deployed)
                .concurrency(concurrency)
                .queue(0)
                .build();
    }

    private static GatewayConfig.Deployed standIn(GatewayConfig.External external, UpstreamAddress where) {
        var one =
                new GatewayConfig.Replica(external.id(), 0, null, where.host(), where.port(), java.time.Instant.EPOCH);
        return GatewayConfigDeployedBuilder.builder()
                .id(external.id())
                .name(external.name())
                .upstreamModel(external.upstreamModel())
                .replicas(List.of(one))
                .concurrency(external.concurrency())
                .state("RUNNING")
                .build();
    }

    private static GatewayConfig.Deployed removed(GatewayConfig.Deployed gone) {
        return GatewayConfigDeployedBuilder.builder(gone)
                .replicas(List.of())
                .onDemand(false)
                .state("REMOVED")
                .reason("it was removed")
                .build();
    }

    public GatewayConfig config() {
        return config;
    }

    public Routes routes() {
        return routes;
    }

    public Map<String, Pool> pools() {
        return pools;
    }

    /** The one that has what is below {@code /proxy/{name}}. Fails with {@link GatewayError.Refused} 404 if there is none. */
    Pool deployment(String name) {
        return plan(name).pools().stream()
                .filter(pool -> pool.external() == null)
                .findFirst()
                .orElseThrow(() -> GatewayError.of(404, "deployment_not_found", "the deployment does not exist")
                        .refused());
    }

    /** See {@link Balancer#idlePlaces}: of all that may take a call for this model; −1: nothing has this name. */
    public int idlePlaces(String model) {
        List<Pool> plan = plan(model).pools();
        return plan.isEmpty()
                ? -1
                : plan.stream().mapToInt(pool -> pool.balancer().idlePlaces()).sum();
    }

    /** Those that may take a call for this model; empty: nothing has this name. */
    PoolCandidates.Plan plan(String model) {
        Routes.Plan plan = routes.plan(
                model, ThreadLocalRandom.current(), id -> pools.get(id).load());
        var found = new ArrayList<Pool>(plan.ids().size());
        plan.ids().forEach(id -> found.add(pools.get(id)));
        return new PoolCandidates.Plan(found, plan.interchangeable());
    }
}
