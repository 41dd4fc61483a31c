package io.aiwm.controller.metrics;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The series of many resources, no more than a number of bytes: the one that was silent for longest goes first. Thread-safe. */
final class HourMemory<S extends HourMemory.Series> implements SampleSource {
    /** The series of one resource. */
    interface Series {
        int bytes();

        /** Whether nothing of it is within the last hour. */
        boolean isOver(Instant now);

        long newest();

        Map<String, float[]> copy(long from, long to);
    }

    private final InstantSource clock;
    private final Supplier<S> none;
    private final long mostBytes;
    /** The one whose newest sample is oldest comes first. Guarded by this, as all below. */
    private final Map<SeriesId, S> series = new LinkedHashMap<>();

    private long bytes;

    /** @param none makes the series of a resource of which there is no sample yet */
    HourMemory(InstantSource clock, Supplier<S> none, long mostBytes) {
        this.clock = clock;
        this.none = none;
        this.mostBytes = mostBytes;
    }

    /** @param sample adds to the series of this resource */
    synchronized void add(SeriesId id, Consumer<S> sample) {
        S known = series.remove(id);
        if (known == null) {
            known = none.get();
        } else {
            bytes -= known.bytes();
        }
        sample.accept(known);
        series.put(id, known);
        bytes += known.bytes();
        var oldest = series.values().iterator();
        while (bytes > mostBytes && series.size() > 1) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }

    /** Forgets those of which nothing is within the last hour. */
    synchronized void prune() {
        var all = series.values().iterator();
        while (all.hasNext()) {
            S one = all.next();
            if (!one.isOver(clock.instant())) {
                break; // those behind it are newer
            }
            bytes -= one.bytes();
            all.remove();
        }
    }

    /** Returns what the function makes of each series of a resource that is within the last hour. */
    synchronized <T> List<T> each(String resource, Function<Map.Entry<SeriesId, S>, T> view) {
        var found = new ArrayList<T>();
        for (Map.Entry<SeriesId, S> one : series.entrySet()) {
            if (one.getKey().resource().equals(resource) && !one.getValue().isOver(clock.instant())) {
                found.add(view.apply(one));
            }
        }
        return found;
    }

    @Override
    public synchronized List<SeriesId> ids(String resource) {
        return resource == null
                ? List.copyOf(series.keySet())
                : series.keySet().stream()
                        .filter(id -> id.resource().equals(resource))
                        .toList();
    }

    @Override
    public synchronized SeriesSegment stretch(SeriesId id, long from, long to) {
        S one = series.get(id);
        return one == null ? null : new SeriesSegment(id, from, one.newest(), one.copy(from, to));
    }

    synchronized long bytes() {
        return bytes;
    }
}
