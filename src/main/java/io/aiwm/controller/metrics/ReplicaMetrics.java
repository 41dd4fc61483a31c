package io.aiwm.controller.metrics;

import io.aiwm.controller.node.ReplicaSamples;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
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
    static final long MOST_BYTES = 72L << 20;

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

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final InstantSource clock;
    final HourMemory<ReplicaSeries> memory;

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
        this.memory = new HourMemory<>(clock, ReplicaSeries::new, mostBytes);
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask.deploymentId(), ask.range()))))
                .completion();
    }

    @Override
    public void sampled(String nodeId, ContainerStats stats) {
        if (stats.containerId() != null) {
            int replica = stats.replica() == null ? 0 : stats.replica();
            memory.add(
                    SeriesId.replica(stats.deploymentId(), replica),
                    series -> series.add(nodeId, stats, clock.instant()));
        }
    }

    /** A sweep: forgets those of which nothing is within the last hour. */
    public Future<Void> run() {
        memory.prune();
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

    private List<ReplicaHistory> own(String deploymentId, SeriesRange range) {
        return memory.each(
                SeriesId.deployment(deploymentId),
                one -> one.getValue().history(Integer.parseInt(one.getKey().part()), range));
    }

    long bytes() {
        return memory.bytes();
    }
}
