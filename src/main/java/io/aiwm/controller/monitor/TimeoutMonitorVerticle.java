package io.aiwm.controller.monitor;

import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Runs every sweep again and again; a sweep that fails is logged and runs again all the same. */
public final class TimeoutMonitorVerticle extends VerticleBase {
    /** While the store has no room, each sweep fails each time. */
    private final RateLimitedLog failures =
            RateLimitedLog.failures(LoggerFactory.getLogger(TimeoutMonitorVerticle.class));

    private final List<Sweep> sweeps;
    private boolean stopped;

    public TimeoutMonitorVerticle(List<Sweep> sweeps) {
        this.sweeps = sweeps;
    }

    @Override
    public Future<?> start() {
        sweeps.forEach(this::again);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        return Future.succeededFuture();
    }

    private void again(Sweep sweep) {
        if (!stopped) {
            vertx.setTimer(sweep.every().toMillis(), timer -> run(sweep).onComplete(done -> again(sweep)));
        }
    }

    private Future<Void> run(Sweep sweep) {
        Future<Void> done;
        try {
            done = sweep.run().get();
        } catch (RuntimeException cause) {
            done = Future.failedFuture(cause);
        }
        return done.onFailure(
                cause -> failures.failed("sweep \"" + sweep.name() + "\" failed and will run again", cause));
    }
}
