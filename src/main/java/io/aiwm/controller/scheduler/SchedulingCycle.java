package io.aiwm.controller.scheduler;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Executions;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** A pass of the scheduler carried out: what it gave is taken in the shared claims, where there are some, and written. */
final class SchedulingCycle {
    /**
     * @param more whether to go on at once
     * @param given for each execution that was given something, when that is settled; false: another controller was first,
     *     so it waits again and another pass may help
     */
    record Done(boolean more, List<Future<Boolean>> given) {}

    private final Executions executions;
    private final Scheduler scheduler;
    private final ClaimCoordinator shared;

    /** @param shared where several controllers give out the same nodes; else null */
    SchedulingCycle(Executions executions, Scheduler scheduler, ClaimCoordinator shared) {
        this.executions = executions;
        this.scheduler = scheduler;
        this.shared = shared;
    }

    /** @param most places at most; never waits */
    Done run(int most) {
        Scheduler.Pass pass = scheduler.pass(most);
        var given = new ArrayList<Future<Boolean>>(pass.placed().size());
        pass.placed().forEach(one -> given.add(give(one)));
        pass.evictions().forEach(one -> executions.evict(one.command(), ErrorCategory.PREEMPTED, one.why()));
        return new Done(pass.more(), given);
    }

    private Future<Boolean> give(Scheduler.Placed given) {
        if (shared == null || given.wants().isEmpty()) {
            return write(given);
        }
        return shared.take(given)
                .compose(taken -> taken ? write(given) : Future.succeededFuture(false))
                .onFailure(cause -> scheduler.tried(given));
    }

    private Future<Boolean> write(Scheduler.Placed given) {
        return executions.look(given.executionId()).transform(written -> {
            if (written.succeeded()) {
                scheduler.looked(given, written.result()); // it may be another controller's write that stands
            } else if (Failure.of(written.cause()).kind == Failure.Kind.NOT_FOUND) {
                scheduler.forget(given.executionId());
            } else {
                scheduler.tried(given);
            }
            return Future.succeededFuture(true);
        });
    }
}
