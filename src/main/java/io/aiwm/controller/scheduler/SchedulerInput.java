package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.node.Nodes;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/** What the scheduler hears: nodes, what they use, and every write of an execution. */
public final class SchedulerInput {
    private final Executions executions;
    private final Scheduler scheduler;
    private final InstantSource clock;
    private volatile Runnable work = () -> {};

    /** Listens from now on; before the first node is read and the first execution written. */
    public SchedulerInput(Executions executions, Nodes nodes, Scheduler scheduler, InstantSource clock) {
        this.executions = executions;
        this.scheduler = scheduler;
        this.clock = clock;
        nodes.onNode((id, node) -> {
            if (scheduler.node(id, node)) {
                work.run();
            }
        });
        executions.onWritten((before, after) -> {
            if (scheduler.written(before, after)) {
                work.run();
            }
        });
        scheduler.onFreed(() -> work.run());
        executions.onEndedElsewhere(last -> {
            if (scheduler.ended(last)) {
                work.run();
            }
        });
    }

    /** Calls back when something may have become possible. */
    void onWork(Runnable listener) {
        work = listener;
    }

    /** Reads every running execution: at a start, and as a sweep where other controllers write, too. */
    public Future<Void> rebuild() {
        long asOf = clock.millis();
        Set<String> heard = scheduler.reads();
        Set<String> read = new HashSet<>();
        return executions
                .recount(page -> scheduler.reread(page, heard, read))
                .onComplete(all -> {
                    scheduler.hasRead(heard);
                    if (all.succeeded()) {
                        // what one that cannot be read was promised stays promised: it may run
                        heard.addAll(all.result());
                        scheduler.isReread(heard, read, asOf);
                        work.run();
                    }
                })
                .mapEmpty();
    }
}
