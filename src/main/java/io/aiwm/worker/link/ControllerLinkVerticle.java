package io.aiwm.worker.link;

import io.aiwm.worker.command.CommandRunner;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Starts the link and what it carries, and gives the commands their sense of time. One instance per worker. */
public final class ControllerLinkVerticle extends VerticleBase {
    private static final long TICK_MS = 250;
    private static final long FIRST_SWEEP_MS = 10_000;
    private static final long SWEEP_MS = 60_000;

    private final ControllerLink link;
    private final CommandRunner runner;
    private final Consumer<Collection<String>> sweep;
    private final Supplier<Future<Void>> farewell;

    /**
     * @param sweep removes what is left of commands other than those it is given, which are active
     * @param farewell runs before the session ends, so that its effects are still reported to the controller
     */
    public ControllerLinkVerticle(
            ControllerLink link,
            CommandRunner runner,
            Consumer<Collection<String>> sweep,
            Supplier<Future<Void>> farewell) {
        this.sweep = sweep;
        this.link = link;
        this.runner = runner;
        this.farewell = farewell;
    }

    @Override
    public Future<?> start() {
        runner.recover();
        vertx.setPeriodic(TICK_MS, ignored -> runner.tick());
        vertx.setPeriodic(FIRST_SWEEP_MS, SWEEP_MS, ignored -> sweep.accept(runner.active()));
        // not waited for: a worker starts without a controller, and keeps trying
        link.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return farewell.get().eventually(() -> link.stop("worker stops"));
    }
}
