package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Executions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets the scheduler place what waits when something came, changed or became free, and every few seconds in case a hint
 * was lost or memory that others used is free again.
 */
public final class SchedulerVerticle extends VerticleBase {
    /** How many places one pass gives; the next follows while there is more to give. */
    private static final int PASS = 500;
    /** So that many changes cost one pass. */
    private static final long PAUSE_MILLIS = 2;

    private static final long SWEEP_MILLIS = 5_000;

    private final Scheduler scheduler;
    private final SchedulerInput input;
    private final SchedulingCycle passes;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** @param shared where several controllers give out the same nodes; else null */
    public SchedulerVerticle(
            Executions executions, Scheduler scheduler, SchedulerInput input, ClaimCoordinator shared) {
        this.scheduler = scheduler;
        this.input = input;
        this.passes = new SchedulingCycle(executions, scheduler, shared);
    }

    @Override
    public Future<?> start() {
        Context home = context;
        input.onWork(() -> wake(home));
        vertx.setPeriodic(SWEEP_MILLIS, tick -> {
            scheduler.expire();
            wake(home);
        });
        wake(home);
        return Future.succeededFuture();
    }

    private void wake(Context home) {
        if (!scheduler.isIdle() && scheduled.compareAndSet(false, true)) {
            home.runOnContext(turn -> vertx.setTimer(PAUSE_MILLIS, timer -> pass(home)));
        }
    }

    private void pass(Context home) {
        scheduled.set(false);
        SchedulingCycle.Done done = passes.run(PASS);
        done.given()
                .forEach(given -> given.onSuccess(first -> {
                    if (!first) {
                        wake(home);
                    }
                }));
        if (done.more()) {
            wake(home);
        }
    }
}
