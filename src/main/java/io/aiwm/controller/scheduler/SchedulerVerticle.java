package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.NodeDirectory;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes steps that wait for a node, when a node came, changed or became free. What is missed here is found by the
 * monitor within five seconds.
 */
public final class SchedulerVerticle extends VerticleBase {
    /** How many executions one pass looks at; the next pass follows while there are more and places to give. */
    private static final int PASS = 200;

    private static final long PAUSE_MILLIS = 2;

    private final Executions executions;
    private final NodeDirectory nodes;
    private final WaitingSteps waiting;
    private final NodeLoad load;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    public SchedulerVerticle(Executions executions, NodeDirectory nodes, WaitingSteps waiting, NodeLoad load) {
        this.executions = executions;
        this.nodes = nodes;
        this.waiting = waiting;
        this.load = load;
    }

    @Override
    public Future<?> start() {
        Context home = context;
        executions.onWritten((before, after) -> {
            waiting.written(after);
            if (load.written(before, after) > 0) {
                wake(home);
            }
        });
        executions.onEndedElsewhere(last -> {
            waiting.ended(last.id());
            if (load.ended(last) > 0) {
                wake(home);
            }
        });
        nodes.onChange(() -> wake(home));
        return Future.succeededFuture();
    }

    private void wake(Context home) {
        if (!waiting.isEmpty() && scheduled.compareAndSet(false, true)) {
            home.runOnContext(turn -> vertx.setTimer(PAUSE_MILLIS, timer -> pass()));
        }
    }

    private void pass() {
        scheduled.set(false);
        waiting.oldest(PASS).forEach(executions::look);
    }
}
