package io.aiwm.controller.monitor;

import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;

/** Looks at executions whose time has come, whichever controller started them: deadlines, backoffs, unanswered commands. */
public final class DueExecutions {
    /** More than this wait for the next tick. */
    private static final int MOST = 500;

    private final Executions executions;
    private final Dispatcher dispatcher;
    private final InstantSource clock;
    private final Duration resendAfter;

    public DueExecutions(Executions executions, Dispatcher dispatcher, InstantSource clock, Duration resendAfter) {
        this.executions = executions;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.resendAfter = resendAfter;
    }

    public Future<Void> run() {
        return executions
                .due(MOST)
                .compose(ids -> Future.join(ids.stream()
                                .map(id -> executions.look(id).onSuccess(seen -> {
                                    if (!seen.status().isFinal()) {
                                        dispatcher.again(seen, clock.instant().minus(resendAfter));
                                    }
                                }))
                                .toList())
                        .mapEmpty());
    }
}
