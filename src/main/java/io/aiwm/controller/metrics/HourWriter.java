package io.aiwm.controller.metrics;

import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;

/**
 * Stores what this controller has measured, once a minute: a kill loses what came since. Each time the hour as a whole is made anew
 * from the memory, so that a sample that comes late is in it too. While the store is away nothing is lost that the memory still has.
 */
public final class HourWriter {
    public static final Duration EVERY = Duration.ofMinutes(1);
    private static final RateLimitedLog LOG = RateLimitedLog.failures(LoggerFactory.getLogger(HourWriter.class));
    private static final int SLOTS = SeriesRings.SLOTS;

    private final Vertx vertx;
    private final MetricHours hours;
    private final String controllerId;
    private final List<SampleSource> sources;
    /** Of each the newest slot that is stored. Used by one run at a time. */
    private final Map<SeriesId, Long> stored = new HashMap<>();

    private Future<Void> running = Future.succeededFuture();

    /** @param controllerId of this process alone: what another one wrote of the same hour stays */
    public HourWriter(Vertx vertx, MetricHours hours, String controllerId, NodeMetrics nodes, ReplicaMetrics replicas) {
        this.vertx = vertx;
        this.hours = hours;
        this.controllerId = controllerId;
        this.sources = List.of(nodes.memory, replicas.memory);
    }

    /** Stores what is new. Called by a sweep, and when the controller stops. @return when it is stored */
    public synchronized Future<Void> run() {
        if (running.isComplete()) {
            running = sources.stream()
                    .reduce(
                            Future.<Void>succeededFuture(),
                            (before, source) -> before.compose(done -> store(source)),
                            (one, other) -> other)
                    .onFailure(cause ->
                            LOG.failed("metrics cannot be stored; an hour of them is in memory", cause.toString()));
        }
        return running;
    }

    private record Batch(List<MetricHour> hours, Map<SeriesId, Long> newest) {}

    private Future<Void> store(SampleSource source) {
        return vertx.executeBlocking(() -> batch(source), false)
                .compose(batch -> hours.put(batch.hours).map(put -> {
                    synchronized (this) {
                        stored.putAll(batch.newest);
                    }
                    return null;
                }));
    }

    private Batch batch(SampleSource source) {
        List<SeriesId> ids = source.ids(null);
        var batch = new Batch(new ArrayList<>(), new HashMap<>());
        for (SeriesId id : ids) {
            Long before;
            synchronized (this) {
                before = stored.get(id);
            }
            add(source, id, before, batch);
        }
        forget(Set.copyOf(ids), source);
        return batch;
    }

    /** Of those that went nothing is to be remembered. */
    private synchronized void forget(Set<SeriesId> there, SampleSource source) {
        if (stored.size()
                > 2 * sources.stream().mapToInt(one -> one.ids(null).size()).sum() + 100) {
            var all = new java.util.HashSet<>(there);
            sources.stream().filter(one -> one != source).forEach(one -> all.addAll(one.ids(null)));
            stored.keySet().retainAll(all);
        }
    }

    /** @param before the newest slot that is stored; null: none */
    private void add(SampleSource source, SeriesId id, Long before, Batch batch) {
        SeriesSegment probe = source.stretch(id, 0, 0);
        if (probe == null || (before != null && before >= probe.newest())) {
            return;
        }
        long newest = probe.newest();
        long oldest = newest - SeriesRings.KEPT + 1;
        // a sample that came late may have filled slots of the hour before
        long first = before == null ? oldest : Math.max(oldest, before);
        for (long hour = first / SLOTS; hour <= newest / SLOTS; hour++) {
            SeriesSegment stretch = source.stretch(id, hour * SLOTS, (hour + 1) * SLOTS);
            if (stretch == null) {
                return;
            }
            HourData data = HourData.of(stretch.series());
            if (!data.series().isEmpty()) {
                batch.hours.add(MetricHour.of(id, hour, controllerId, Math.max(0, oldest - hour * SLOTS), data));
            }
        }
        batch.newest.put(id, newest);
    }
}
