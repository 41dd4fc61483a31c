package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many attempts are open on each node, counted from the writes of executions. */
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
                open.computeIfPresent(was.nodeId(), (node, count) -> count <= 1 ? null : count - 1);
                closed++;
            }
            if (isOpen && (!wasOpen || was.attempt() != is.attempt())) {
                open.merge(is.nodeId(), 1, Integer::sum);
            }
        }
        return closed;
    }
}
