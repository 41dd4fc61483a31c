package io.aiwm.controller.inference;

import io.aiwm.common.Monotonic;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.eventlog.EventBuilder;
import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last step of a deployment, {@code proxy.configure}: waits until all proxies call a replica that has become ready, and notes in the
 * deployment's events how many do. A proxy that is silent for {@link #PATIENCE} is named there; the deployment does not fail for it.
 */
public final class ProxyRoutes {
    static final String CODE = "proxies.configured";
    static final String SILENT = "PROXY_SILENT";
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ProxyRoutes.class);
    private static final long TICK_MILLIS = 200;
    private static final long COUNT_MILLIS = 200;
    private static final Duration ANSWER = Duration.ofSeconds(1);
    /** Of more that become ready within the patience nothing is noted. */
    private static final int MOST = 1_000;

    private static final int MOST_NAMED = 10;

    /** Asked of one controller by another. Reads only, so asking again is harmless. */
    record Ask(List<String> replicaIds) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.proxy-routes.{id}", Ask.class, Told.class);
    }

    /** @param nodeIds by replica */
    record Told(Map<String, Set<String>> nodeIds) {}

    private record Awaited(String deploymentId, int index, String nodeId, int generation, long until) {}

    private final Vertx vertx;
    private final Fleet fleet;
    private final Deployments deployments;
    private final InstantSource clock;
    private final Map<String, Awaited> awaited = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile boolean anyProxy;
    private volatile long countedAt = Monotonic.millis() - COUNT_MILLIS;

    /**
     * @param others ids of the other controllers that live
     * @param proxies ids of all nodes that are proxies
     * @param serving ids of the nodes whose proxies, as far as this controller hears them, call each of these replicas
     */
    public record Fleet(
            String controllerId,
            Supplier<Collection<String>> others,
            Supplier<Set<String>> proxies,
            Function<Set<String>, Map<String, Set<String>>> serving) {}

    public ProxyRoutes(Vertx vertx, Fleet fleet, Deployments deployments, InstantSource clock) {
        this.vertx = vertx;
        this.fleet = fleet;
        this.deployments = deployments;
        this.clock = clock;
        deployments.onWritten(this::written);
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(fleet.controllerId())
                .serve(
                        vertx,
                        ask -> Future.succeededFuture(new Told(fleet.serving().apply(Set.copyOf(ask.replicaIds())))))
                .completion();
    }

    private void written(Deployment before, Deployment after) {
        if (before == null || Boolean.TRUE.equals(after.deleting())) {
            return;
        }
        Set<String> called = ServedDeployment.routeIds(before);
        for (Replica replica : after.instances()) {
            String id = ServedDeployment.routeId(replica);
            if (id != null && !called.contains(id) && awaited.size() < MOST && isAnyProxy()) {
                long until = Monotonic.millis() + PATIENCE.toMillis();
                awaited.put(
                        id, new Awaited(after.id(), replica.index(), replica.nodeId(), replica.generation(), until));
                look();
            }
        }
    }

    /** Asked for each replica of a large fleet that becomes ready: all nodes are not looked at each time. */
    private boolean isAnyProxy() {
        long now = Monotonic.millis();
        if (now - countedAt >= COUNT_MILLIS) {
            countedAt = now;
            anyProxy = !fleet.proxies().get().isEmpty();
        }
        return anyProxy;
    }

    private void look() {
        if (!awaited.isEmpty() && looking.compareAndSet(false, true)) {
            vertx.setTimer(
                    TICK_MILLIS,
                    tick -> ask().onComplete(done -> {
                        looking.set(false);
                        look();
                    }));
        }
    }

    private Future<Void> ask() {
        Set<String> ids = Set.copyOf(awaited.keySet());
        return Ask.ADDRESS
                .askEach(vertx, fleet.others().get(), new Ask(List.copyOf(ids)), ANSWER)
                .map(answers -> {
                    var serving = new HashMap<String, Set<String>>();
                    add(serving, fleet.serving().apply(ids));
                    answers.given().values().forEach(told -> add(serving, told.nodeIds()));
                    Set<String> proxies = fleet.proxies().get();
                    ids.forEach(id -> judge(id, proxies, serving.getOrDefault(id, Set.of())));
                    return null;
                });
    }

    private static void add(Map<String, Set<String>> all, Map<String, Set<String>> more) {
        more.forEach(
                (id, nodes) -> all.computeIfAbsent(id, none -> new HashSet<>()).addAll(nodes));
    }

    private void judge(String id, Set<String> proxies, Set<String> serving) {
        Awaited one = awaited.get(id);
        var silent = new TreeSet<>(proxies);
        silent.removeAll(serving);
        if (one == null || (!silent.isEmpty() && Monotonic.millis() < one.until())) {
            return;
        }
        awaited.remove(id);
        if (!proxies.isEmpty()) {
            deployments
                    .events()
                    .add(one.deploymentId(), event(one, proxies.size(), silent))
                    .onFailure(cause -> LOG.warn("deployment {}: {} is not noted", one.deploymentId(), CODE, cause));
        }
    }

    private Event event(Awaited one, int proxies, Set<String> silent) {
        int serving = proxies - silent.size();
        String counts = serving + " of " + proxies + (proxies == 1 ? " proxy calls it" : " proxies call it");
        String more = silent.size() > MOST_NAMED ? " and " + (silent.size() - MOST_NAMED) + " more" : "";
        String names = silent.stream().limit(MOST_NAMED).collect(Collectors.joining(", ", "; not yet: ", more));
        return EventBuilder.builder()
                .code(CODE)
                .text(silent.isEmpty() ? counts : counts + names)
                .replica(one.index())
                .nodeId(one.nodeId())
                .generation(one.generation())
                .reasonCode(silent.isEmpty() ? null : SILENT)
                .createdAt(clock.instant())
                .build();
    }
}
