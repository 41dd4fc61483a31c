package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.RetryElsewhere;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of an execution waits for a node, by its record. Pure. */
final class WaitingSteps {
    private WaitingSteps() {}

    /** @param millisPerPoint see {@link SchedulingUnit#rank(long, int, long)} */
    static List<SchedulingUnit> of(Execution execution, long now, long millisPerPoint) {
        if (execution.status() != ExecutionState.RUNNING || execution.cancelAsked()) {
            return List.of();
        }
        List<SchedulingUnit> units = new ArrayList<>(0);
        Map<String, List<PlacementRequest>> gangs = null;
        Set<String> incomplete = null;
        for (Step step : execution.steps()) {
            String gang = step.spec().gang();
            boolean first = gang != null && step.attempt() == 0;
            boolean waits = step.status() == StepState.QUEUED
                    && (step.notBefore() == null || step.notBefore().toEpochMilli() <= now);
            if (first) {
                gangs = gangs == null ? new LinkedHashMap<>() : gangs;
                incomplete = incomplete == null ? new HashSet<>() : incomplete;
                if (waits) {
                    gangs.computeIfAbsent(gang, name -> new ArrayList<>()).add(wish(execution, step));
                } else {
                    incomplete.add(gang);
                }
            } else if (waits) {
                units.add(SchedulingUnit.of(wish(execution, step), millisPerPoint));
            }
        }
        if (gangs != null) {
            Set<String> lacking = incomplete;
            gangs.forEach((name, wishes) -> {
                if (!lacking.contains(name)) {
                    units.add(SchedulingUnit.gang(wishes, millisPerPoint));
                }
            });
        }
        return units;
    }

    static PlacementRequest wish(Execution execution, Step step) {
        StepSpec spec = step.spec();
        String pinned = spec.nodeId() == null && spec.sameNodeAs() != null
                ? execution.steps().get(spec.sameNodeAs()).nodeId()
                : spec.nodeId();
        return new PlacementRequest(
                execution.id(),
                spec,
                step.attempt() + 1,
                pinned,
                step.queuedAt(),
                RetryElsewhere.avoided(execution, step));
    }
}
