package io.aiwm.worker.container;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * Brings a deployment's container up, in three ways: {@link #again} starts the one before as it is, {@link #swap} makes a
 * new one that goes on with the anonymous volumes of the one before, which stays stopped until the new one is ready and
 * runs again when it is not, and {@link #replace} removes what is there and makes a new one. All are harmless to run again
 * for the same command: a new container has the command's name, so the second run finds what the first made.
 */
final class ContainerReplacement {
    private final Engine engine;
    private final Replicas replicas;
    private final Readiness readiness;
    private final KeyedQueue turns;

    ContainerReplacement(Engine engine, Replicas replicas, Readiness readiness, KeyedQueue turns) {
        this.engine = engine;
        this.replicas = replicas;
        this.readiness = readiness;
        this.turns = turns;
    }

    /**
     * What the container wrote, in its volumes and beside them, is as it left it. Succeeds when it is ready; on failure it is
     * stopped again.
     */
    Future<EngineContainer> again(EngineContainer before, DeploymentCommand request, Command command) {
        return turns.take(
                        request.deploymentId(),
                        () -> unlessCancelled(command).compose(go -> {
                            command.progress().accept(70, "starting " + before.name());
                            return engine.mayRun(before).compose(may -> engine.start(before.id()));
                        }))
                .compose(started -> readiness.of(before.id(), command))
                .recover(cause -> turns.take(
                        request.deploymentId(),
                        () -> engine.stop(before.id(), Replicas.grace(request))
                                .transform(stopped -> Future.failedFuture(cause))));
    }

    /** Succeeds when the new container is ready. On failure nothing of this command is left behind. */
    Future<EngineContainer> replace(ContainerPlan plan, DeploymentCommand request, Command command) {
        return turns.take(
                        request.deploymentId(),
                        () -> unlessCancelled(command)
                                .compose(go -> removeOthers(plan, Replicas.grace(request)))
                                .compose(clear -> engine.create(plan))
                                .compose(made -> startNew(made, command)))
                .compose(started -> readiness.of(started.id(), command))
                .recover(cause -> discard(plan).transform(gone -> Future.failedFuture(cause)));
    }

    /** Succeeds when the new container is ready and the old one is gone. On failure the old one is as before. */
    Future<EngineContainer> swap(ContainerPlan plan, DeploymentCommand request, Command command) {
        return swap(plan, request, command, started -> readiness.of(started.id(), command));
    }

    /** The same, and fails also where the engine has to restart the new one again and again. */
    Future<EngineContainer> update(ContainerPlan plan, DeploymentCommand request, Command command) {
        return swap(plan, request, command, started -> readiness.steady(started.id(), command));
    }

    private Future<EngineContainer> swap(
            ContainerPlan plan,
            DeploymentCommand request,
            Command command,
            Function<EngineContainer, Future<EngineContainer>> untilReady) {
        Duration grace = Replicas.grace(request);
        return turns.take(request.deploymentId(), () -> exchange(plan, grace, command))
                .compose(untilReady)
                .compose(ready -> turns.take(request.deploymentId(), () -> removeOthers(plan, grace))
                        .map(ready))
                .recover(cause -> turns.take(request.deploymentId(), () -> rollBack(plan, command, cause)));
    }

    /** Made before the old one stops, so that what is wrong with the new one costs no outage. */
    private Future<EngineContainer> exchange(ContainerPlan plan, Duration grace, Command command) {
        return unlessCancelled(command)
                .compose(go -> replicas.others(plan))
                .compose(others -> engine.create(succeeding(plan, others))
                        .compose(made -> replicas.stop(others, grace).compose(stopped -> startNew(made, command))));
    }

    private Future<Void> removeOthers(ContainerPlan plan, Duration grace) {
        return replicas.others(plan).compose(others -> replicas.remove(others, grace));
    }

    /** The new one's label says which one ran, so that a second run of the command knows it too. */
    private static ContainerPlan succeeding(ContainerPlan plan, List<EngineContainer> others) {
        ContainerPlan taking = others.stream().findFirst().map(plan::takingOver).orElse(plan);
        return others.stream()
                .filter(EngineContainer::running)
                .findFirst()
                .map(running -> taking.replacing(running.id()))
                .orElse(taking);
    }

    /** One that has run already is not started again: what it did once, it did. */
    private Future<EngineContainer> startNew(EngineContainer made, Command command) {
        command.progress().accept(70, "starting " + made.name());
        return unlessCancelled(command)
                .compose(go -> made.state() == EngineState.CREATED ? engine.start(made.id()) : Future.succeededFuture())
                .map(made);
    }

    private Future<EngineContainer> rollBack(ContainerPlan plan, Command command, Throwable cause) {
        return engine.inspect(plan.name()).compose(found -> {
            String old = found.map(made -> made.label(ContainerLabels.REPLACES)).orElse(null);
            return discard(plan)
                    .compose(gone -> old == null ? Future.succeededFuture() : startOld(old, command))
                    .transform(back -> Future.failedFuture(
                            old == null ? cause : withOutcome(cause, back.succeeded() ? null : back.cause())));
        });
    }

    /** Waits until it serves again, because its address is published as soon as the command has ended. */
    private Future<Void> startOld(String id, Command command) {
        return engine.inspect(id)
                .compose(found -> found.isPresent() ? engine.mayRun(found.get()) : Future.succeededFuture())
                .compose(may -> engine.start(id))
                .compose(started -> readiness.of(id, command).transform(ready -> Future.succeededFuture()));
    }

    private static Throwable withOutcome(Throwable cause, Throwable backCause) {
        if (!(cause instanceof CommandFailure failure)) {
            return cause;
        }
        String outcome = backCause == null
                ? "; the container from before the update runs again"
                : "; and the container from before the update could not be started again: " + backCause.getMessage();
        return new CommandFailure(new CommandError(
                failure.error.category(), failure.error.message() + outcome, failure.error.retryable()));
    }

    /** Removes what this very command made; another's container under the name is not touched. */
    private Future<Void> discard(ContainerPlan plan) {
        return engine.inspect(plan.name()).compose(found -> {
            boolean mine = found.isPresent()
                    && plan.commandId().equals(found.get().label(ContainerLabels.COMMAND))
                    && plan.specHash().equals(found.get().label(ContainerLabels.SPEC_HASH));
            return mine ? engine.remove(found.get().id()) : Future.succeededFuture();
        });
    }

    static Future<Void> unlessCancelled(Command command) {
        return command.cancelled().isComplete()
                ? Future.failedFuture(
                        new CommandFailure(ErrorCategory.CONFLICT, "cancelled before the container was started"))
                : Future.succeededFuture();
    }
}
