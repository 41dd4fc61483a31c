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
        final Need need;
        final TreeSet<Unit> waiting = new TreeSet<>();
        /** As of {@code epoch}: the nodes that only want of room could exclude. */
        Candidate[] eligible = new Candidate[0];

        long epoch = -1;
        /** Where the newest decision landed among the eligible: where the next one begins to look, when packing. */
        int landed;

        /** The pass in which none of them had room; -1 when that is not known. */
        long blockedIn = -1;

        /** Why the newest decision was "nowhere", and when that was found out. */
        String words;

        long wordsAt;

        Group(Need need) {
            this.need = need;
        }
    }

    private record Key(Need need, String gang) {}

    private final Map<Key, Group> groups = new HashMap<>();
    private final Map<String, Unit> units = new HashMap<>();
    private final Map<String, List<Unit>> byExecution = new HashMap<>();

    Group group(Need need) {
        return groups.computeIfAbsent(new Key(need, null), key -> new Group(need));
    }

    private Group group(Unit unit) {
        return unit.isGang()
                ? groups.computeIfAbsent(new Key(unit.need(), unit.key()), key -> new Group(unit.need()))
                : group(unit.need());
    }

    /** Replaces an older unit of the same key. */
    void add(Unit unit) {
        Unit known = units.get(unit.key());
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

    void remove(Unit unit) {
        if (units.remove(unit.key()) == null) {
            return;
        }
        List<Unit> siblings = byExecution.get(unit.executionId());
        siblings.removeIf(one -> one.key().equals(unit.key()));
        if (siblings.isEmpty()) {
            byExecution.remove(unit.executionId());
        }
        Group group = group(unit);
        group.waiting.remove(unit);
        if (group.waiting.isEmpty() && (unit.isGang() || groups.size() > 1_000)) {
            groups.remove(new Key(unit.need(), unit.isGang() ? unit.key() : null));
        }
    }

    Unit find(String key) {
        return units.get(key);
    }

    List<Unit> of(String executionId) {
        List<Unit> found = byExecution.get(executionId);
        return found == null ? List.of() : List.copyOf(found);
    }

    Collection<Group> groups() {
        return groups.values();
    }

    /** How many units are before this one. */
    int ahead(Unit unit) {
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
