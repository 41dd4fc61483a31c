package io.aiwm.controller.scheduler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The units that passes have promised nodes, until the write of each has been tried. Used under the lock of
 * {@link Scheduler}.
 */
final class UnsettledUnits {
    private record Placing(SchedulingUnit unit, long promise) {}

    private final Map<String, Placing> byKey = new HashMap<>();

    void put(SchedulingUnit unit, long promise) {
        byKey.put(unit.key(), new Placing(unit, promise));
    }

    /** Returns whether the unit was unsettled by this very promise; it no longer is. */
    boolean settle(SchedulingUnit unit, long promise) {
        return byKey.remove(unit.key(), new Placing(unit, promise));
    }

    boolean contains(SchedulingUnit unit) {
        return byKey.containsKey(unit.key());
    }

    /** Keeps of this execution only these units. */
    void retain(String executionId, List<SchedulingUnit> units) {
        byKey.values().removeIf(one -> one.unit.executionId().equals(executionId) && !units.contains(one.unit));
    }
}
