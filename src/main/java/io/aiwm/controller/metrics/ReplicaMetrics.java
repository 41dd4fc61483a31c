package io.aiwm.controller.metrics;

import io.aiwm.controller.node.ReplicaSamples;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The last hour of every replica, in memory. A sample is kept by the controller that has the node's session, so who asks one
 * controller is told what all of them have. Safe from any thread.
 */
public final class ReplicaMetrics implements ReplicaSamples {
    /**
     * What all of it may take: about 8,000 replicas without GPUs, or 6,000 with. The one that was silent for longest goes
     * first.
     */
    static final long MOST_BYTES = 64L << 20;

    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Asked of one controller by another. Answers with what it has itself; reads only, so asking again is harmless. */
    record Ask(String deploymentId, SeriesRange range) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.replica-metrics.{id}", Ask.class, Told.class);
    }

    record Told(List<ReplicaHistory> replicas) {}

    /** @param unanswered ids of controllers that live and did not answer in time: what they have is missing */
    public record Answer(Collection<ReplicaHistory> replicas, List<String> unanswered) {
        /** The same of one replica alone. */
        public Answer only(int replica) {
            return new Answer(
                    replicas.stream().filter(one -> one.replica() == replica).toList(), unanswered);
        }
    }

    private record Key(String deploymentId, int replica) {}

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final InstantSource clock;
    private final long mostBytes;
    /** By deployment; of each the replicas. The one whose newest sample is oldest comes first. Guarded by this. */
    private final Map<Key, ReplicaSeries> series = new LinkedHashMap<>();

    private long bytes;

    /** @param others ids of the other controllers that live */
    public ReplicaMetrics(Vertx vertx, String controllerId, Supplier<Collection<String>> others, InstantSource clock) {
        this(vertx, controllerId, others, clock, MOST_BYTES);
    }

    ReplicaMetrics(
            Vertx vertx,
            String controllerId,
            Supplier<Collection<String>> others,
            InstantSource clock,
            long mostBytes) {
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
        this.clock = clock;
        this.mostBytes = mostBytes;
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask.deploymentId(), ask.range()))))
                .completion();
    }

    @Override
    public synchronized void sampled(String nodeId, ContainerStats stats) {
        if (stats.containerId() == null) {
            return;
        }
        var key = new Key(stats.deploymentId(), stats.replica() == null ? 0 : stats.replica());
        ReplicaSeries known = series.remove(key);
        if (known == null) {
            known = new ReplicaSeries();
        } else {
            bytes -= known.bytes();
        }
        known.add(nodeId, stats, clock.instant());
        series.put(key, known);
        bytes += known.bytes();
        var oldest = series.values().iterator();
        while (bytes > mostBytes && series.size() > 1) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    /** A sweep: forgets those of which nothing is within the last hour. */
    public synchronized Future<Void> run() {
        var all = series.values().iterator();
        while (all.hasNext()) {
            ReplicaSeries one = all.next();
            if (!one.isOver(clock.instant())) {
                break; // those behind it are newer
            }
            bytes -= one.bytes();
            all.remove();
        }
        return Future.succeededFuture();
    }

    /** What all controllers have of a deployment, by the replica's index. Never fails. */
    public Future<Answer> of(String deploymentId, SeriesRange range) {
        return Ask.ADDRESS
                .askEach(vertx, others.get(), new Ask(deploymentId, range), PATIENCE)
                .map(answers -> {
                    var found = new TreeMap<Integer, ReplicaHistory>();
                    own(deploymentId, range).forEach(one -> found.put(one.replica(), one));
                    answers.given()
                            .values()
                            .forEach(told -> told.replicas()
                                    .forEach(one -> found.merge(one.replica(), one, ReplicaHistory::with)));
                    return new Answer(found.values(), answers.silent());
                });
    }

    private synchronized List<ReplicaHistory> own(String deploymentId, SeriesRange range) {
        var found = new ArrayList<ReplicaHistory>();
        series.forEach((key, one) -> {
            if (key.deploymentId().equals(deploymentId) && !one.isOver(clock.instant())) {
                found.add(one.history(key.replica(), range));
            }
        });
        return found;
    }

    synchronized long bytes() {
        return bytes;
    }
}
