package io.aiwm.controller.scheduler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Everything that waits for a node, grouped by what it needs: where one of a group finds no room, none of it does, so a
 * look at ten thousand waiting jobs of a kind costs as much as a look at one. Not safe for use by several threads.
 */
final class WaitQueue {
    /** Steps that ask for the same, in the order of their turns. */
    static final class Group {
        final ResourceRequest request;
        final TreeSet<SchedulingUnit> waiting = new TreeSet<>();
        /** As of {@code epoch}: the nodes that only want of room could exclude. */
        NodeInfo[] eligible = new NodeInfo[0];

        long epoch = -1;
        /** Where the newest decision landed among the eligible: where the next one begins to look, when packing. */
        int landed;

        /** The pass in which none of them had room; -1 when that is not known. */
        long blockedIn = -1;

        /** Why the newest decision was "nowhere", and when that was found out. */
        String words;

        long wordsAt;

        Group(ResourceRequest request) {
            this.request = request;
        }
    }

    private record Key(ResourceRequest request, String gang) {}

    private final Map<Key, Group> groups = new HashMap<>();
    private final Map<String, SchedulingUnit> units = new HashMap<>();
    private final Map<String, List<SchedulingUnit>> byExecution = new HashMap<>();

    Group group(ResourceRequest request) {
        return groups.computeIfAbsent(new Key(request, null), key -> new Group(request));
    }

    private Group group(SchedulingUnit unit) {
        return unit.isGang()
                ? groups.computeIfAbsent(new Key(unit.request(), unit.key()), key -> new Group(unit.request()))
                : group(unit.request());
    }

    /** Replaces an older unit of the same key. */
    void add(SchedulingUnit unit) {
        SchedulingUnit known = units.get(unit.key());
        if (unit.equals(known)) {
            return;
        }
        if (known != null) {
            remove(known);
        }
        units.put(unit.key(), unit);
        byExecution
                .computeIfAbsent(unit.executionId(), id -> new ArrayList<>(1))
                .add(unit);
        group(unit).waiting.add(unit);
    }

    void remove(SchedulingUnit unit) {
        if (units.remove(unit.key()) == null) {
            return;
        }
        List<SchedulingUnit> siblings = byExecution.get(unit.executionId());
        siblings.removeIf(one -> one.key().equals(unit.key()));
        if (siblings.isEmpty()) {
            byExecution.remove(unit.executionId());
        }
        Group group = group(unit);
        group.waiting.remove(unit);
        if (group.waiting.isEmpty() && (unit.isGang() || groups.size() > 1_000)) {
            groups.remove(new Key(unit.request(), unit.isGang() ? unit.key() : null));
        }
    }

    SchedulingUnit find(String key) {
        return units.get(key);
    }

    List<SchedulingUnit> of(String executionId) {
        List<SchedulingUnit> found = byExecution.get(executionId);
        return found == null ? List.of() : List.copyOf(found);
    }

    Collection<Group> groups() {
        return groups.values();
    }

    /** How many units are before this one. */
    int ahead(SchedulingUnit unit) {
        return groups.values().stream()
                .mapToInt(group -> group.waiting.headSet(unit, false).size())
                .sum();
    }

    int size() {
        return units.size();
    }

    void clear() {
        groups.clear();
        units.clear();
        byExecution.clear();
    }
}
