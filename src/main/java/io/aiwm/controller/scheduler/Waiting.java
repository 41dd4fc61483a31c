package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Elsewhere;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Placer.Wish;
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
final class Waiting {
    private Waiting() {}

    /** @param millisPerPoint see {@link Unit#rank(long, int, long)} */
    static List<Unit> of(Execution execution, long now, long millisPerPoint) {
        if (execution.status() != ExecutionState.RUNNING || execution.cancelAsked()) {
            return List.of();
        }
        List<Unit> units = new ArrayList<>(0);
        Map<String, List<Wish>> gangs = null;
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
                units.add(Unit.of(wish(execution, step), millisPerPoint));
            }
        }
        if (gangs != null) {
            Set<String> lacking = incomplete;
            gangs.forEach((name, wishes) -> {
                if (!lacking.contains(name)) {
                    units.add(Unit.gang(wishes, millisPerPoint));
                }
            });
        }
        return units;
    }

    static Wish wish(Execution execution, Step step) {
        StepSpec spec = step.spec();
        String pinned = spec.nodeId() == null && spec.sameNodeAs() != null
                ? execution.steps().get(spec.sameNodeAs()).nodeId()
                : spec.nodeId();
        return new Wish(
                execution.id(), spec, step.attempt() + 1, pinned, step.queuedAt(), Elsewhere.avoided(execution, step));
    }
}
