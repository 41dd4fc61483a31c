package io.aiwm.worker.link;

import io.aiwm.worker.command.CommandRunner;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Supplier;

/** Starts the link and what it carries, and gives the commands their sense of time. One instance per worker. */
public final class ControllerLinkVerticle extends VerticleBase {
    private static final long TICK_MS = 250;

    private final ControllerLink link;
    private final CommandRunner runner;
    private final Supplier<Future<Void>> farewell;

    /** @param farewell what to do before the session ends, so that the controller still hears of it */
    public ControllerLinkVerticle(ControllerLink link, CommandRunner runner, Supplier<Future<Void>> farewell) {
        this.link = link;
        this.runner = runner;
        this.farewell = farewell;
    }

    @Override
    public Future<?> start() {
        runner.recover();
        vertx.setPeriodic(TICK_MS, ignored -> runner.tick());
        // not waited for: a worker starts without a controller, and keeps trying
        link.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return farewell.get().eventually(() -> link.stop("worker stops"));
    }
}
