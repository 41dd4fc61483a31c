package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many attempts are open on each node, counted from the writes of executions. What other controllers write is not
 * heard of here, so where there are any, {@link SharedLoad} replaces the count every few seconds.
 */
public final class NodeLoad {
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    public int of(String nodeId) {
        return open.getOrDefault(nodeId, 0);
    }

    /** A listener for Executions.onWritten. @return how many attempts this write closed */
    public int written(Execution before, Execution after) {
        int closed = 0;
        for (int i = 0; i < after.steps().size(); i++) {
            Step was = before == null ? null : before.steps().get(i);
            Step is = after.steps().get(i);
            boolean wasOpen = was != null && was.status().isOpenAttempt();
            boolean isOpen = is.status().isOpenAttempt();
            if (wasOpen && (!isOpen || was.attempt() != is.attempt())) {
                close(was.nodeId());
                closed++;
            }
            if (isOpen && (!wasOpen || was.attempt() != is.attempt())) {
                open.merge(is.nodeId(), 1, Integer::sum);
            }
        }
        return closed;
    }

    /** Nothing that this process gave out for an execution is open any more. @return how many attempts that were */
    public int ended(Execution last) {
        int closed = 0;
        for (Step step : last.steps()) {
            if (step.status().isOpenAttempt()) {
                close(step.nodeId());
                closed++;
            }
        }
        return closed;
    }

    private void close(String nodeId) {
        open.computeIfPresent(nodeId, (node, count) -> count <= 1 ? null : count - 1);
    }

    /** Takes this count for the truth. */
    void replace(Map<String, Integer> counted) {
        open.keySet().retainAll(counted.keySet());
        open.putAll(counted);
    }
}
