package io.aiwm.controller.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Sha256;
import io.aiwm.common.SingleLineText;
import io.aiwm.controller.gateway.ProxyReports;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ProxyConfig;
import io.aiwm.protocol.ProxyLease;
import io.aiwm.protocol.ProxyLeased;
import io.aiwm.protocol.ProxyState;
import io.aiwm.protocol.ProxyUsage;
import io.aiwm.protocol.ProxyUsageAck;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxies whose sessions this controller holds: each is sent the newest configuration until it says that it serves it.
 * Safe to use from any thread.
 */
public final class Proxies implements ProxyReports {
    /** One that is silent for so long is gone, or its session is another controller's. */
    private static final Duration FRESH = Duration.ofSeconds(25);
    /** So long after it was sent a configuration is taken as lost. */
    private static final Duration AGAIN = Duration.ofSeconds(5);

    private static final int MOST_CHARS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Proxies.class);

    private final Vertx vertx;
    private final BiFunction<String, Envelope, Future<Void>> send;
    private final Predicate<String> isProxy;
    private final Predicate<String> isHere;
    private final ProxyCounting counting;
    private final InstantSource clock;
    private final Map<String, KnownProxy> known = new ConcurrentHashMap<>();
    private final AtomicReference<GatewayConfig> waiting = new AtomicReference<>();
    /** With the replicas that are reached on the controller's machine alone. */
    private volatile EncodedConfig newest;
    /** Without those. */
    private volatile EncodedConfig newestElsewhere;

    /**
     * @param send to a node whose session is here
     * @param isProxy whether a node has the role; others are told no secrets
     * @param isHere whether a node is on this controller's machine, so that its own loopback address is that of the controller
     */
    public Proxies(
            Vertx vertx,
            BiFunction<String, Envelope, Future<Void>> send,
            Predicate<String> isProxy,
            Predicate<String> isHere,
            ProxyCounting counting,
            InstantSource clock) {
        this.vertx = vertx;
        this.send = send;
        this.isProxy = isProxy;
        this.isHere = isHere;
        this.counting = counting;
        this.clock = clock;
    }

    /** Sends this to all proxies. Of several in a row only the last may be sent. */
    public void configure(GatewayConfig config) {
        if (waiting.getAndSet(config) == null) {
            vertx.executeBlocking(() -> {
                        GatewayConfig now = waiting.getAndSet(null);
                        GatewayConfig elsewhere = now.withoutLoopback();
                        EncodedConfig here = EncodedConfig.of(now);
                        return Map.entry(here, elsewhere == now ? here : EncodedConfig.of(elsewhere));
                    })
                    .onSuccess(both -> {
                        EncodedConfig encoded = both.getKey();
                        if (encoded.leftOut() > 0) {
                            LOG.error(
                                    "proxies do not know the {} largest API keys: the configuration would be too large",
                                    encoded.leftOut());
                        }
                        newest = encoded;
                        newestElsewhere = both.getValue();
                        known.keySet().forEach(this::push);
                    })
                    .onFailure(cause -> LOG.error("proxies cannot be configured: {}", cause.getMessage()));
        }
    }

    @Override
    public void state(String nodeId, ProxyState state) {
        check(nodeId, state.gatewayId());
        if (state.load().size() > ProxyState.MOST_LOADS || ProxyCounting.hasGap(state.load())) {
            throw Failure.invalid("/data/load", "must be at most " + ProxyState.MOST_LOADS + " entries");
        }
        if (state.sha256() != null && !Sha256.isHex(state.sha256())) {
            throw Failure.invalid("/data/sha256", "is no SHA-256");
        }
        String url = state.url() == null ? null : SingleLineText.of(state.url(), MOST_CHARS);
        var clean = new ProxyState(
                null, state.gatewayId(), state.revision(), state.sha256(), url, List.copyOf(state.load()));
        Instant now = clock.instant();
        EncodedConfig next = newestOf(nodeId);
        GatewayConfig serves = next != null && next.sha256().equals(clean.sha256()) ? next.config() : null;
        known.merge(
                nodeId,
                new KnownProxy(clean, now, serves, null, null, false),
                (before, fresh) -> before.heard(fresh.state(), now, serves));
        push(nodeId);
    }

    private void check(String nodeId, String gatewayId) {
        if (!isProxy.test(nodeId)) {
            throw new Failure(
                    Failure.Kind.FORBIDDEN,
                    "nobody has given this node the role proxy: PATCH /api/nodes/<id> {\"role\": \"proxy\"}");
        }
        if (gatewayId == null || !gatewayId.matches("[A-Za-z0-9_-]{8,64}")) {
            throw Failure.invalid("/data/gatewayId", "must be 8 to 64 letters, digits, hyphens and underscores");
        }
    }

    private EncodedConfig newestOf(String nodeId) {
        return isHere.test(nodeId) ? newest : newestElsewhere;
    }

    private void push(String nodeId) {
        EncodedConfig next = newestOf(nodeId);
        if (next == null) {
            return;
        }
        var due = new boolean[1];
        known.computeIfPresent(nodeId, (id, one) -> {
            Instant now = clock.instant();
            boolean lost = !next.sha256().equals(one.sent())
                    || Duration.between(one.sentAt(), now).compareTo(AGAIN) >= 0;
            due[0] = isProxy.test(id)
                    && !one.sending()
                    && !next.sha256().equals(one.state().sha256())
                    && lost;
            return due[0] ? one.sending(next.sha256(), now) : one;
        });
        if (due[0]) {
            send(nodeId, next.pieces(), 0)
                    .onFailure(cause -> {
                        LOG.debug("proxy {} is configured later: {}", nodeId, cause.getMessage());
                        known.computeIfPresent(
                                nodeId,
                                (id, one) ->
                                        new KnownProxy(one.state(), one.heardAt(), one.serves(), null, null, false));
                    })
                    .onSuccess(sent -> {
                        known.computeIfPresent(nodeId, (id, one) -> one.done());
                        if (newestOf(nodeId) != next) {
                            push(nodeId);
                        }
                    });
        }
    }

    /** One after the other: what a slow worker has not read waits here. */
    private Future<Void> send(String nodeId, List<ProxyConfig> pieces, int next) {
        return next == pieces.size()
                ? Future.succeededFuture()
                : send.apply(nodeId, Envelope.of(ProxyConfig.TYPE, pieces.get(next)))
                        .compose(sent -> send(nodeId, pieces, next + 1));
    }

    @Override
    public Future<ProxyUsageAck> usage(String nodeId, ProxyUsage batch) {
        check(nodeId, batch.gatewayId());
        return counting.take(nodeId, batch);
    }

    @Override
    public Future<ProxyLeased> lease(String nodeId, ProxyLease lease) {
        check(nodeId, lease.holder());
        return counting.lease(nodeId, lease);
    }

    /** Returns how many proxies are heard. */
    public int count() {
        return (int) known.values().stream().filter(one -> !isStale(one)).count();
    }

    /** Returns the ids of those that are heard. @param isUp whether a node is */
    public Set<String> heard(Predicate<String> isUp) {
        return known.entrySet().stream()
                .filter(one -> !isStale(one.getValue()))
                .map(Map.Entry::getKey)
                .filter(isUp)
                .collect(Collectors.toSet());
    }

    /** What is known of a node's proxy; null: it is none, or none that this controller hears. */
    public ProxyView view(String nodeId) {
        KnownProxy one = known.get(nodeId);
        return one == null || isStale(one)
                ? null
                : new ProxyView(one.state().revision(), one.state().url(), isCurrent(nodeId, one), one.heardAt());
    }

    private boolean isCurrent(String nodeId, KnownProxy one) {
        EncodedConfig now = newestOf(nodeId);
        return now != null && now.sha256().equals(one.state().sha256());
    }

    private boolean isStale(KnownProxy one) {
        return one.heardAt().plus(FRESH).isBefore(clock.instant());
    }

    /** Whether every proxy that is heard serves the newest configuration. */
    public boolean allCurrent() {
        return waiting.get() == null
                && known.entrySet().stream()
                        .filter(one -> !isStale(one.getValue()))
                        .allMatch(one -> isCurrent(one.getKey(), one.getValue()));
    }

    /** Ids of the nodes whose proxies call each of these replicas. */
    public Map<String, Set<String>> serving(Set<String> replicaIds) {
        var nodes = new HashMap<String, Set<String>>();
        known.forEach((nodeId, one) -> one.calls(replicaIds)
                .forEach(id ->
                        nodes.computeIfAbsent(id, first -> new HashSet<>()).add(nodeId)));
        return nodes;
    }

    /** Calls of a deployment at all proxies: those under way and those that wait. */
    public ProxyState.Load load(String deploymentId) {
        int inFlight = 0;
        int waits = 0;
        for (KnownProxy one : known.values()) {
            if (!isStale(one)) {
                for (ProxyState.Load load : one.state().load()) {
                    if (deploymentId.equals(load.deploymentId())) {
                        inFlight += Math.max(0, load.inFlight());
                        waits += Math.max(0, load.waiting());
                    }
                }
            }
        }
        return new ProxyState.Load(deploymentId, inFlight, waits);
    }

    /** Forgets proxies that have not been heard for long; to be called now and then. */
    public Future<Void> run() {
        known.values().removeIf(one -> !one.sending() && isStale(one));
        return Future.succeededFuture();
    }
}
