package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Executions with a step that waits for a node, longest waiting first. */
public final class WaitingSteps {
    private final Set<String> executionIds = new LinkedHashSet<>();

    /** A listener for Executions.onWritten. */
    public synchronized void written(Execution after) {
        if (waits(after)) {
            executionIds.add(after.id());
        } else if (!executionIds.isEmpty()) {
            executionIds.remove(after.id());
        }
    }

    /** Another controller has brought it to its end. */
    public synchronized void ended(String executionId) {
        executionIds.remove(executionId);
    }

    /** Takes these for all that wait, in this order. */
    synchronized void replace(List<String> waiting) {
        executionIds.clear();
        executionIds.addAll(waiting);
    }

    static boolean waits(Execution execution) {
        return !execution.status().isFinal()
                && execution.steps().stream()
                        .anyMatch(step -> step.status() == StepState.QUEUED && step.notBefore() == null);
    }

    public synchronized List<String> oldest(int most) {
        var ids = new ArrayList<String>(Math.min(most, executionIds.size()));
        for (String id : executionIds) {
            if (ids.size() == most) {
                break;
            }
            ids.add(id);
        }
        return ids;
    }

    public synchronized boolean isEmpty() {
        return executionIds.isEmpty();
    }
}
