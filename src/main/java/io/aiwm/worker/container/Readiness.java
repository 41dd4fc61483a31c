package io.aiwm.worker.container;

import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Waits until a started container is of use: healthy where it has a health check, startup or readiness probe, else running
 * for {@link DeploymentCommand#settleMs}. One that has ended with exit code 0 by then has done its work, and that is a success too. Ends early
 * when it fails, turns unhealthy, is removed, when the command is cancelled or past its deadline; then the failure carries
 * the exit code and the last lines of the log.
 */
public final class Readiness {
    private static final long FIRST_LOOK_MILLIS = 50;
    private static final long SLOWEST_LOOK_MILLIS = 1000;
    private static final int MOST_RESTARTS = 3;
    private static final int LOG_LINES = 20;

    private final Vertx vertx;
    private final Engine engine;
    private final ContainerProbes probes;
    private final Clock clock;
    private final EngineSwitch engines;

    public Readiness(Vertx vertx, Engine engine, ContainerProbes probes, Clock clock) {
        this.probes = probes;
        this.vertx = vertx;
        this.engine = engine;
        this.clock = clock;
        this.engines = new EngineSwitch(vertx);
    }

    /** Puts to sleep and wakes what it waits for. */
    EngineSwitch engines() {
        return engines;
    }

    /** One that the engine has to restart again and again is left to the engine: its state says how it stands. */
    Future<EngineContainer> of(String containerId, Command command) {
        return until(containerId, command, false);
    }

    /** Fails where the engine has to restart it again and again. */
    Future<EngineContainer> steady(String containerId, Command command) {
        return until(containerId, command, true);
    }

    /** Succeeds when a container that gets no new requests has served on for its drain time; at once on a cancel. */
    Future<Void> drained(DeploymentCommand request, Command command) {
        if (request.drainMs() == null || request.drainMs() <= 0) {
            return Future.succeededFuture();
        }
        command.progress().accept(10, "nobody new is sent to the container; it ends what it has");
        Promise<Void> over = Promise.promise();
        long timer = vertx.setTimer(
                Math.min(request.drainMs(), DeploymentCommand.MOST_DRAIN_MS), passed -> over.tryComplete());
        command.cancelled().onComplete(asked -> {
            vertx.cancelTimer(timer);
            over.tryComplete();
        });
        return command.progress().idleUntil(over.future());
    }

    private Future<EngineContainer> until(String containerId, Command command, boolean steady) {
        Promise<EngineContainer> ready = Promise.promise();
        command.cancelled()
                .onComplete(asked -> ready.tryFail(
                        new CommandFailure(ErrorCategory.CONFLICT, "cancelled while the container was starting")));
        new Wait(containerId, command, steady, ready).look(FIRST_LOOK_MILLIS);
        return command.progress().idleUntil(ready.future());
    }

    /** One container's wait. */
    private final class Wait {
        private final String containerId;
        private final Command command;
        private final boolean steady;
        private final Promise<EngineContainer> ready;
        private final long settleMillis;
        private final Instant begun = clock.instant();
        private Instant runningSince;
        private int restarts;
        private final int restartedBefore;
        private boolean decided;

        Wait(String containerId, Command command, boolean steady, Promise<EngineContainer> ready) {
            this.containerId = containerId;
            this.command = command;
            this.steady = steady;
            this.ready = ready;
            Long settle = command.data().getLong("settleMs");
            this.settleMillis = settle == null
                    ? DeploymentCommand.SETTLE_MS
                    : Math.max(0, Math.min(settle, DeploymentCommand.SETTLE_MS));
            ProbeView view = probes.of(containerId);
            this.restartedBefore = view == null ? 0 : view.restarts();
        }

        void look(long millis) {
            if (decided || ready.future().isComplete()) {
                return;
            }
            if (command.deadline() != null && clock.instant().isAfter(command.deadline())) {
                fail(
                        ErrorCategory.TIMEOUT,
                        "the container was not ready when the command's time was over" + why(),
                        true);
                return;
            }
            Long within = command.data().getLong("readyMs");
            if (within != null && clock.instant().isAfter(begun.plusMillis(within))) {
                fail(
                        ErrorCategory.TIMEOUT,
                        "the container was not ready within " + within / 1000 + " s" + why(),
                        false);
                return;
            }
            engine.inspect(containerId).onFailure(ready::tryFail).onSuccess(found -> {
                judge(found);
                if (!decided && !ready.future().isComplete()) {
                    vertx.setTimer(
                            Math.min(millis, untilSettled()),
                            timer -> look(Math.min(SLOWEST_LOOK_MILLIS, millis * 3 / 2)));
                }
            });
        }

        /** One that has no check is not looked at long after it has settled, for that is what its user waits for. */
        private long untilSettled() {
            if (runningSince == null) {
                return SLOWEST_LOOK_MILLIS;
            }
            long left = settleMillis
                    - Duration.between(runningSince, clock.instant()).toMillis();
            return left <= 0 ? SLOWEST_LOOK_MILLIS : left;
        }

        private void judge(Optional<EngineContainer> found) {
            if (found.isEmpty()) {
                ready.tryFail(
                        new CommandFailure(ErrorCategory.NOT_FOUND, "the container was removed while it was starting"));
                return;
            }
            ProbeView view = probes.of(containerId);
            if (view != null && view.restarts() - restartedBefore >= MOST_RESTARTS) {
                fail(
                        ErrorCategory.INTERNAL,
                        "the container was restarted " + (view.restarts() - restartedBefore) + " times" + why(),
                        true);
                return;
            }
            EngineContainer container = probes.asItCounts(found.get());
            if (view != null && view.restarting()) {
                runningSince = null;
                return;
            }
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
                case UNHEALTHY -> unhealthy(container);
                case STARTING ->
                    command.progress().accept(85, "waiting until " + container.name() + " is healthy" + why());
                case NONE -> {
                    if (!now.isBefore(runningSince.plusMillis(settleMillis))) {
                        ready.tryComplete(container);
                    }
                }
            }
        }

        /** A probe may succeed later, or restart the container; the image's own check has failed for good. */
        private void unhealthy(EngineContainer container) {
            ProbeView view = probes.of(containerId);
            if (view != null && view.failure() != null) {
                command.progress().accept(85, "waiting until " + container.name() + " is ready" + why());
                return;
            }
            String output = container.status().healthOutput();
            fail(
                    ErrorCategory.INTERNAL,
                    "the container's health check fails" + (output == null ? "" : ", it says: " + shortened(output)),
                    true);
        }

        /** What its probes say, to be added to a sentence; empty where they say nothing. */
        private String why() {
            ProbeView view = probes.of(containerId);
            return view == null || view.failure() == null
                    ? ""
                    : "; its " + view.failure().probe() + " probe fails: "
                            + view.failure().reason();
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
