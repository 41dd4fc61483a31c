package io.aiwm.worker.container;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * Waits until a started container is of use: healthy where it has a health check, else running for {@value
 * #SETTLE_MILLIS} ms. One that has ended with exit code 0 by then has done its work, and that is a success too. Ends early
 * when it fails, turns unhealthy, is removed, when the command is cancelled or past its deadline; then the failure carries
 * the exit code and the last lines of the log.
 */
final class Readiness {
    /** A program that dies at once does so within this. */
    private static final long SETTLE_MILLIS = 500;

    private static final long FIRST_LOOK_MILLIS = 50;
    private static final long SLOWEST_LOOK_MILLIS = 1000;
    private static final int MOST_RESTARTS = 3;
    private static final int LOG_LINES = 20;

    private final Vertx vertx;
    private final Engine engine;
    private final Clock clock;

    Readiness(Vertx vertx, Engine engine, Clock clock) {
        this.vertx = vertx;
        this.engine = engine;
        this.clock = clock;
    }

    /** One that the engine has to restart again and again is left to the engine: its state says how it stands. */
    Future<EngineContainer> of(String containerId, Command command) {
        return until(containerId, command, false);
    }

    /** Fails where the engine has to restart it again and again. */
    Future<EngineContainer> steady(String containerId, Command command) {
        return until(containerId, command, true);
    }

    private Future<EngineContainer> until(String containerId, Command command, boolean steady) {
        Promise<EngineContainer> ready = Promise.promise();
        command.cancelled()
                .onComplete(asked -> ready.tryFail(
                        new CommandFailure(ErrorCategory.CONFLICT, "cancelled while the container was starting")));
        new Wait(containerId, command, steady, ready).look(FIRST_LOOK_MILLIS);
        return ready.future();
    }

    /** One container's wait. */
    private final class Wait {
        private final String containerId;
        private final Command command;
        private final boolean steady;
        private final Promise<EngineContainer> ready;
        private final Instant begun = clock.instant();
        private Instant runningSince;
        private int restarts;
        private boolean decided;

        Wait(String containerId, Command command, boolean steady, Promise<EngineContainer> ready) {
            this.containerId = containerId;
            this.command = command;
            this.steady = steady;
            this.ready = ready;
        }

        void look(long millis) {
            if (decided || ready.future().isComplete()) {
                return;
            }
            if (command.deadline() != null && clock.instant().isAfter(command.deadline())) {
                fail(ErrorCategory.TIMEOUT, "the container was not ready when the command's time was over", true);
                return;
            }
            Long within = command.data().getLong("readyMs");
            if (within != null && clock.instant().isAfter(begun.plusMillis(within))) {
                fail(ErrorCategory.TIMEOUT, "the container was not ready within " + within / 1000 + " s", false);
                return;
            }
            engine.inspect(containerId).onFailure(ready::tryFail).onSuccess(found -> {
                judge(found);
                if (!decided && !ready.future().isComplete()) {
                    vertx.setTimer(millis, timer -> look(Math.min(SLOWEST_LOOK_MILLIS, millis * 3 / 2)));
                }
            });
        }

        private void judge(Optional<EngineContainer> found) {
            if (found.isEmpty()) {
                ready.tryFail(
                        new CommandFailure(ErrorCategory.NOT_FOUND, "the container was removed while it was starting"));
                return;
            }
            EngineContainer container = found.get();
            switch (container.state()) {
                case RUNNING -> running(container);
                case EXITED -> exited(container);
                case DEAD -> failed(container);
                case RESTARTING -> restarting(container);
                case CREATED, PAUSED, OTHER -> runningSince = null;
            }
        }

        private void running(EngineContainer container) {
            Instant now = clock.instant();
            runningSince = runningSince == null || container.restarts() != restarts ? now : runningSince;
            restarts = container.restarts();
            switch (container.health()) {
                case HEALTHY -> ready.tryComplete(container);
                case UNHEALTHY ->
                    fail(
                            ErrorCategory.INTERNAL,
                            "the container's health check fails"
                                    + (container.status().healthOutput() == null
                                            ? ""
                                            : ", it says: "
                                                    + shortened(
                                                            container.status().healthOutput())),
                            true);
                case STARTING -> command.progress().accept(85, "waiting until " + container.name() + " is healthy");
                case NONE -> {
                    if (!now.isBefore(runningSince.plusMillis(SETTLE_MILLIS))) {
                        ready.tryComplete(container);
                    }
                }
            }
        }

        private void restarting(EngineContainer container) {
            runningSince = null;
            if (container.restarts() >= MOST_RESTARTS) {
                if (steady) {
                    failed(container);
                } else {
                    ready.tryComplete(container);
                }
            }
        }

        private void exited(EngineContainer container) {
            if (Integer.valueOf(0).equals(container.exitCode()) && !container.oomKilled()) {
                ready.tryComplete(container);
            } else {
                failed(container);
            }
        }

        private void failed(EngineContainer container) {
            if (container.oomKilled()) {
                fail(
                        ErrorCategory.RESOURCE_EXHAUSTED,
                        "the container used up its memory and was killed; give it more memoryBytes",
                        false);
            } else {
                String code = container.exitCode() == null ? "" : " with exit code " + container.exitCode();
                String again = container.restarts() == 0 ? "" : " (started " + (container.restarts() + 1) + " times)";
                fail(
                        ErrorCategory.INTERNAL,
                        "the container ended" + code + again + "; check its command and settings",
                        true);
            }
        }

        private void fail(ErrorCategory category, String message, boolean retryable) {
            decided = true;
            engine.lastLines(containerId, LOG_LINES).onComplete(read -> {
                String lines = read.result();
                String said = lines == null
                        ? "; its log could not be read"
                        : lines.isBlank() ? "; it wrote nothing" : "; it wrote last: " + shortened(lines);
                ready.tryFail(new CommandFailure(new CommandError(category, message + said, retryable)));
            });
        }
    }

    private static String shortened(String text) {
        String stripped = text.strip();
        return stripped.length() > 2000 ? "..." + stripped.substring(stripped.length() - 2000) : stripped;
    }
}
