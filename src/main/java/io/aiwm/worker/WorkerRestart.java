package io.aiwm.worker;

import io.aiwm.boot.Config;
import io.aiwm.worker.command.CommandJournal;
import io.aiwm.worker.command.CommandRunner;
import io.aiwm.worker.link.ControllerLink;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends this process with {@link #EXIT_CODE}, for its supervisor to start it again, after the commands at work. */
final class WorkerRestart implements Runnable {
    /** EX_TEMPFAIL: systemd's Restart=on-failure and every container runtime's restart policy take it up. */
    static final int EXIT_CODE = 75;

    private static final long DRAIN_LIMIT_S = 30;
    /** For the last results to be stored by the controller; what is not is offered after the restart. */
    private static final long RESULTS_LIMIT_MS = 2_000;

    private static final Logger log = LoggerFactory.getLogger(WorkerRestart.class);

    private final Vertx vertx;
    private final Config.Mode mode;
    private CommandRunner runner;
    private ControllerLink link;
    private CommandJournal journal;

    WorkerRestart(Vertx vertx, Config.Mode mode) {
        this.vertx = vertx;
        this.mode = mode;
    }

    void of(CommandRunner runner, ControllerLink link, CommandJournal journal) {
        this.runner = runner;
        this.link = link;
        this.journal = journal;
    }

    /** Why a restart would be none; null where it can be done. */
    String obstacle() {
        return obstacle(mode, System.getenv());
    }

    static String obstacle(Config.Mode mode, Map<String, String> environment) {
        if (mode != Config.Mode.WORKER) {
            return "this worker shares its process with the controller; restart that service instead";
        }
        boolean supervised = environment.containsKey("AIWM_SUPERVISED") || environment.containsKey("INVOCATION_ID");
        return supervised
                ? null
                : "nobody would start this worker again: run it under systemd, or set AIWM_SUPERVISED=1 where another"
                        + " supervisor does";
    }

    @Override
    public void run() {
        log.info("restarting as the controller asked");
        runner.drain()
                .timeout(DRAIN_LIMIT_S, TimeUnit.SECONDS)
                .eventually(() -> vertx.timer(RESULTS_LIMIT_MS, TimeUnit.MILLISECONDS))
                .eventually(() -> link.stop("worker restarts"))
                .eventually(journal::close)
                .eventually(() -> vertx.close().timeout(5, TimeUnit.SECONDS))
                .onComplete(ignored -> end());
    }

    private static void end() {
        // halt, because the ordinary end of the process reports a clean stop, after which nobody restarts it
        Runtime.getRuntime().halt(EXIT_CODE);
    }
}
