package io.aiwm.controller.metrics;

import io.aiwm.protocol.Address;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What was measured between two times, from the memory of all controllers and from the store. Safe from any thread. */
public final class MetricHistory {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Of all series of one answer together. */
    public static final int MOST_POINTS = 18_000;

    /** Asked of one controller by another. Answers with what it has itself; reads only, so asking again is harmless. */
    record Ask(String resource, long from, long to) {
        static final Address<Ask, Told> ADDRESS = new Address<>("aiwm.metric-history.{id}", Ask.class, Told.class);
    }

    record Told(List<Slots> parts) {}

    /** @param first slot of the first value of each series */
    record Slots(String part, long first, Map<String, List<Float>> series) {}

    /**
     * The series of one part of a resource.
     *
     * @param means by name; null where there is no sample
     * @param largest the same where a point has several samples; empty: it has not
     */
    public record Part(String part, Map<String, List<Number>> means, Map<String, List<Number>> largest) {}

    /**
     * @param range as it was asked for, or in longer steps where there are many series
     * @param unanswered ids of controllers that live and did not answer in time: what they have and is not stored is missing
     */
    public record Answer(SeriesRange range, List<Part> parts, List<String> unanswered) {}

    private final Vertx vertx;
    private final String controllerId;
    private final Supplier<Collection<String>> others;
    private final MetricHours hours;
    private final List<SampleSource> sources;

    /** @param others ids of the other controllers that live */
    public MetricHistory(
            Vertx vertx,
            String controllerId,
            Supplier<Collection<String>> others,
            MetricHours hours,
            NodeMetrics nodes,
            ReplicaMetrics replicas) {
        this.vertx = vertx;
        this.controllerId = controllerId;
        this.others = others;
        this.hours = hours;
        this.sources = List.of(nodes.memory, replicas.memory);
    }

    /** Answers other controllers from now on. */
    public Future<Void> serve() {
        return Ask.ADDRESS
                .at(controllerId)
                .serve(vertx, ask -> Future.succeededFuture(new Told(own(ask))))
                .completion();
    }

    /** How long minutes are kept. */
    public Duration kept() {
        return hours.kept();
    }

    /** Of a node and its GPUs. Fails as {@link MetricHours#find}. */
    public Future<Answer> ofNode(String id, SeriesRange range) {
        return of(SeriesId.node(id).resource(), range);
    }

    /** Of the replicas of a deployment, each a part that is called by its index. Fails as {@link MetricHours#find}. */
    public Future<Answer> ofDeployment(String id, SeriesRange range) {
        return of(SeriesId.deployment(id), range);
    }

    private Future<Answer> of(String resource, SeriesRange range) {
        var ask = new Ask(resource, range.begin(0), range.end());
        return Ask.ADDRESS
                .askEach(vertx, others.get(), ask, PATIENCE)
                .compose(answers -> hours.find(resource, range.from(), range.to())
                        .map(stored -> {
                            List<Slots> recent = new ArrayList<>(own(ask));
                            answers.given().values().forEach(told -> recent.addAll(told.parts()));
                            var remembering = new HashSet<>(answers.given().keySet());
                            remembering.add(controllerId);
                            return joined(range, recent, stored, remembering, answers.silent());
                        }));
    }

    private List<Slots> own(Ask ask) {
        var parts = new ArrayList<Slots>();
        for (SampleSource source : sources) {
            for (SeriesId id : source.ids(ask.resource())) {
                SeriesSegment probe = source.stretch(id, 0, 0);
                long from = probe == null ? 0 : Math.max(ask.from(), probe.newest() - SeriesRings.KEPT + 1);
                long to = probe == null ? 0 : Math.min(ask.to(), probe.newest() + 1);
                SeriesSegment found = from < to ? source.stretch(id, from, to) : null;
                if (found != null) {
                    parts.add(new Slots(id.part(), from, listed(found.series())));
                }
            }
        }
        return parts;
    }

    private static Map<String, List<Float>> listed(Map<String, float[]> series) {
        var listed = new LinkedHashMap<String, List<Float>>();
        series.forEach((name, values) -> {
            var list = new ArrayList<Float>(values.length);
            for (float value : values) {
                list.add(Float.isNaN(value) ? null : (Float) value);
            }
            listed.put(name, list);
        });
        return listed;
    }

    /** @param remembering the controllers of which {@code recent} is */
    private static Answer joined(
            SeriesRange wanted,
            List<Slots> recent,
            List<MetricHours.Read> stored,
            Set<String> remembering,
            List<String> silent) {
        long names = recent.stream().mapToLong(one -> one.series().size()).sum();
        long storedNames = stored.stream()
                .collect(Collectors.groupingBy(
                        MetricHours.Read::id,
                        Collectors.reducing(0, one -> one.data().series().size(), Math::max)))
                .values()
                .stream()
                .mapToLong(most -> most)
                .sum();
        // two values a point
        SeriesRange range = wanted.within(MOST_POINTS / 2, (int) Math.max(1, Math.max(names, storedNames)));
        Map<String, Map<String, PointSums>> sums = new TreeMap<>();
        Function<String, Map<String, PointSums>> ofPart =
                part -> sums.computeIfAbsent(part, none -> new LinkedHashMap<>());
        recent.forEach(one -> one.series()
                .forEach((name, values) -> ofPart.apply(one.part())
                        .computeIfAbsent(name, none -> new PointSums(range))
                        .slots(one.first(), values)));
        stored.forEach(one -> one.data()
                .series()
                .forEach((name, minutes) -> ofPart.apply(one.id().part())
                        .computeIfAbsent(name, none -> new PointSums(range))
                        .minutes(SeriesRange.slotOf(one.hour()), minutes, remembering.contains(one.writer()))));
        var parts = new ArrayList<Part>();
        sums.forEach((part, series) -> {
            var means = new LinkedHashMap<String, List<Number>>();
            var largest = new LinkedHashMap<String, List<Number>>();
            series.forEach((name, points) -> {
                means.put(name, points.means());
                if (range.slotsPerPoint() > 1) {
                    largest.put(name, points.largest());
                }
            });
            parts.add(new Part(part, means, largest));
        });
        return new Answer(range, parts, silent);
    }
}
