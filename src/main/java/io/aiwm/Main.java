package io.aiwm;

import io.aiwm.boot.App;
import io.aiwm.boot.Banner;
import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.boot.Logging;
import io.aiwm.boot.Preflight;
import io.aiwm.boot.RunningProcess;
import io.aiwm.boot.Secrets;
import io.aiwm.boot.StartFailure;
import io.aiwm.boot.StopOnSignal;
import io.aiwm.boot.UnsafeWarning;
import io.aiwm.boot.VerticlePlan;
import io.aiwm.cli.Cli;
import io.aiwm.controller.ControllerApp;
import io.aiwm.worker.WorkerApp;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.slf4j.LoggerFactory;

/** Entry point of the jar: mode, configuration, Vert.x, apps, verticles. Whatever fails is one sentence and exit 1. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        int code = new Cli(System.getenv(), Main::run, System.out, System.err).execute(arguments);
        if (code != Cli.KEEPS_RUNNING) {
            System.exit(code);
        }
    }

    private static void run(ConfigLoader.Loaded loaded, VerticlePlan.Source verticles) {
        UnsafeWarning.silence();
        Config config = loaded.config();
        Logging.configure(config.log());
        Preflight.check(config);
        Secrets secrets = config.mode().hasController() ? Secrets.open(config) : null;
        StopOnSignal stop = StopOnSignal.install(config.shutdownTimeout());
        RunningProcess running;
        try {
            running = RunningProcess.start(config, secrets, verticles, vertx -> apps(vertx, config, secrets))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            stop.started(running);
        } catch (ExecutionException failed) {
            stop.failed();
            throw sentence(failed.getCause());
        } catch (InterruptedException interrupted) {
            stop.failed();
            Thread.currentThread().interrupt();
            throw new StartFailure("interrupted while starting");
        }
        if (config.mode().hasController()) {
            System.out.println(Banner.of(config, secrets, running.missing()));
        } else {
            System.out.println(Banner.waiting(config));
            running.ready().onSuccess(registered -> System.out.println(Banner.of(config, null, running.missing())));
        }
    }

    /** The sides of the product that this mode has, in start order. */
    private static List<App> apps(Vertx vertx, Config config, Secrets secrets) {
        var apps = new ArrayList<App>();
        if (config.mode().hasController()) {
            apps.add(new ControllerApp(vertx, config, secrets));
        }
        if (config.mode().hasWorker()) {
            apps.add(new WorkerApp(vertx, config));
        }
        return apps;
    }

    private static StartFailure sentence(Throwable cause) {
        if (cause instanceof StartFailure known) {
            return known;
        }
        LoggerFactory.getLogger(Main.class).debug("the start failed", cause);
        return new StartFailure(String.valueOf(cause.getMessage()));
    }
}
