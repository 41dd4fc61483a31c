package io.aiwm.controller.monitor;

import io.aiwm.common.IsolatedForEach;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.LoggerFactory;

/** Looks at executions whose time has come, whichever controller started them: deadlines, backoffs, unanswered commands. */
public final class DueExecutions {
    /** More than this wait for the next tick. */
    private static final int MOST = 500;

    private final IsolatedForEach each = new IsolatedForEach(LoggerFactory.getLogger(DueExecutions.class), "execution");
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
                .compose(ids -> each.all(ids, id -> id, this::look))
                .mapEmpty();
    }

    private Future<?> look(String id) {
        return executions.look(id).map(seen -> {
            if (!seen.status().isFinal()) {
                dispatcher.again(seen, clock.instant().minus(resendAfter));
            }
            return seen;
        });
    }
}
