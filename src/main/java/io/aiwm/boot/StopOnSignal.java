package io.aiwm.boot;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes SIGTERM and SIGINT a clean stop with exit code 0. The JVM itself would report 143 however clean the stop was,
 * so the process is ended from within the hook, after everything has been closed.
 */
public final class StopOnSignal {
    private static final Logger LOG = LoggerFactory.getLogger(StopOnSignal.class);

    private final CompletableFuture<RunningProcess> started = new CompletableFuture<>();
    private final Duration limit;

    private StopOnSignal(Duration limit) {
        this.limit = limit;
    }

    /** From now on a signal waits until the start has succeeded or failed, and then stops what runs. */
    public static StopOnSignal install(Duration limit) {
        var stop = new StopOnSignal(limit);
        Runtime.getRuntime().addShutdownHook(new Thread(stop::run, "stop"));
        return stop;
    }

    public void started(RunningProcess running) {
        started.complete(running);
    }

    /** Called when nothing runs: a signal has nothing to stop, and the process ends with its own exit code. */
    public void failed() {
        started.complete(null);
    }

    private void run() {
        int exitCode = 0;
        try {
            RunningProcess running = started.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (running == null) {
                return;
            }
            LOG.info("stopping");
            running.stop().toCompletionStage().toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            LOG.info("stopped");
        } catch (TimeoutException tooLate) {
            LOG.error("the stop took longer than {} s and is given up", limit.toSeconds());
            exitCode = StartFailure.FAILED;
        } catch (ExecutionException | InterruptedException failed) {
            LOG.error("the stop failed", failed);
            exitCode = StartFailure.FAILED;
        }
        System.out.flush();
        Runtime.getRuntime().halt(exitCode);
    }
}
