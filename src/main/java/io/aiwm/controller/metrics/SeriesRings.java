package io.aiwm.controller.metrics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * A little more than the last hour of one resource: for each of its series a ring of one number per slot of 10 s. Numbers have seven
 * digits. A series that was never measured takes no room. Not thread-safe.
 *
 * @param <K> names a series
 */
final class SeriesRings<K> {
    static final int SLOT_SECONDS = 10;
    /** An hour: what is shown. */
    static final int SLOTS = 360;
    /** An hour that has just ended is stored whole, also where the store is asked half a minute late. */
    static final int KEPT = SLOTS + 12;

    private static final int RING_BYTES = KEPT * Float.BYTES + 16;

    private final Map<K, float[]> rings = new LinkedHashMap<>();
    private long newest = -1;

    /** Of the newest sample; negative: there is none. */
    long newest() {
        return newest;
    }

    /** Moves on to this slot. What lies between the last one and it is not known until it is {@link #put}. */
    void advance(long slot) {
        long begin = Math.max(newest + 1, slot - KEPT + 1);
        for (float[] ring : rings.values()) {
            for (long each = begin; each <= slot; each++) {
                ring[(int) (each % KEPT)] = Float.NaN;
            }
        }
        newest = Math.max(newest, slot);
    }

    /** Sets slots that are not after the newest. @param value null: not measured */
    void put(K series, Number value, long from, long to) {
        if (value == null) {
            return;
        }
        float[] ring = rings.computeIfAbsent(series, first -> {
            var empty = new float[KEPT];
            Arrays.fill(empty, Float.NaN);
            return empty;
        });
        for (long slot = Math.max(from, newest - KEPT + 1); slot <= to; slot++) {
            ring[(int) (slot % KEPT)] = value.floatValue();
        }
    }

    int bytes() {
        return rings.size() * RING_BYTES;
    }

    int count() {
        return rings.size();
    }

    /** Whether nothing of it is within the last hour. */
    boolean isOver(long now) {
        return now - newest >= SLOTS;
    }

    Map<K, float[]> rings() {
        return rings;
    }

    /** Copies slots from one to before another; those that are not known are NaN. @param name of a series elsewhere */
    Map<String, float[]> copy(long from, long to, Function<K, String> name) {
        var copies = new LinkedHashMap<String, float[]>();
        rings.forEach((series, ring) -> {
            var copy = new float[(int) (to - from)];
            Arrays.fill(copy, Float.NaN);
            for (long slot = Math.max(from, newest - KEPT + 1); slot < Math.min(to, newest + 1); slot++) {
                copy[(int) (slot - from)] = ring[(int) (slot % KEPT)];
            }
            copies.put(name.apply(series), copy);
        });
        return copies;
    }
}
