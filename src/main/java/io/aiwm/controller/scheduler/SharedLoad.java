package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Step;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Among several controllers one gives a node work, and another hears that it is done: what each has counted from its own
 * writes drifts, and a node would seem full for ever. This counts afresh, from the store.
 */
public final class SharedLoad {
    private static final int LOOKED_AT = 200;

    private final Executions executions;
    private final NodeLoad load;
    private final WaitingSteps waiting;

    public SharedLoad(Executions executions, NodeLoad load, WaitingSteps waiting) {
        this.executions = executions;
        this.load = load;
        this.waiting = waiting;
    }

    /** A sweep. What is written while it counts may be missing from the count, until the next. */
    public Future<Void> run() {
        Map<String, Integer> counted = new HashMap<>();
        List<String> waits = new ArrayList<>();
        return executions
                .recount(running -> {
                    for (Step step : running.steps()) {
                        if (step.status().isOpenAttempt()) {
                            counted.merge(step.nodeId(), 1, Integer::sum);
                        }
                    }
                    if (WaitingSteps.waits(running)) {
                        waits.add(running.id());
                    }
                })
                .onSuccess(done -> {
                    load.replace(counted);
                    waiting.replace(waits);
                    waiting.oldest(LOOKED_AT).forEach(executions::look);
                });
    }
}
