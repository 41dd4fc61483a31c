package io.aiwm.worker.link;

import io.aiwm.worker.command.CommandRunner;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Starts the link and what it carries, and gives the commands their sense of time. One instance per worker. */
public final class ControllerLinkVerticle extends VerticleBase {
    private static final long TICK_MS = 250;

    private final ControllerLink link;
    private final CommandRunner runner;

    public ControllerLinkVerticle(ControllerLink link, CommandRunner runner) {
        this.link = link;
        this.runner = runner;
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
        return link.stop("worker stops");
    }
}
