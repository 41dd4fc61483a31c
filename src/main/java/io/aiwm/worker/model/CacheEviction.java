package io.aiwm.worker.model;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which of what is cached goes, so that something new has room. Pure. */
final class CacheEviction {
    /**
     * What goes as a whole: a model, a content that no model has, or a half content.
     *
     * @param contents sizes by digest; one that several have is freed with the last of them
     * @param kept why it must stay; null: it may go
     */
    record Unit(String ref, Map<String, Long> contents, Instant lastUsedAt, String kept) {}

    /**
     * @param limitBytes for all contents together; 0: none
     * @param freeBytes on the disk, less what pulls under way still need
     * @param pullingBytes what pulls under way will have in all
     */
    record Room(long limitBytes, long freeBytes, long pullingBytes) {}

    /** @param evicted least recently used first; empty where that would not be enough. @param missingBytes 0: there is room */
    record Plan(List<Unit> evicted, long missingBytes) {}

    private CacheEviction() {}

    static Plan plan(Collection<Unit> units, long neededBytes, Room room) {
        long used = sizes(units).values().stream().mapToLong(Long::longValue).sum() + room.pullingBytes;
        long overLimit = room.limitBytes == 0 ? 0 : used + neededBytes - room.limitBytes;
        long toFree = Math.max(Math.max(overLimit, neededBytes - room.freeBytes), 0);
        var evicted = new ArrayList<Unit>();
        if (toFree == 0) {
            return new Plan(evicted, 0);
        }
        var oldest = units.stream()
                .filter(unit -> unit.kept == null)
                .sorted(Comparator.comparing(Unit::lastUsedAt).thenComparing(Unit::ref))
                .toList();
        for (Unit unit : oldest) {
            if (freed(units, evicted) >= toFree) {
                break;
            }
            evicted.add(unit);
        }
        long freed = freed(units, evicted);
        if (freed < toFree) {
            return new Plan(List.of(), toFree - freed);
        }
        // one that frees nothing, because others have the same contents, need not go: the most recently used stay first
        for (int i = evicted.size() - 1; i >= 0; i--) {
            Unit unit = evicted.remove(i);
            if (freed(units, evicted) < toFree) {
                evicted.add(i, unit);
            }
        }
        return new Plan(List.copyOf(evicted), 0);
    }

    private static long freed(Collection<Unit> all, Collection<Unit> evicted) {
        Map<String, Long> gone = sizes(evicted);
        for (Unit unit : all) {
            if (!evicted.contains(unit)) {
                gone.keySet().removeAll(unit.contents.keySet());
            }
        }
        return gone.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> sizes(Collection<Unit> units) {
        var sizes = new HashMap<String, Long>();
        units.forEach(unit -> sizes.putAll(unit.contents));
        return sizes;
    }
}
