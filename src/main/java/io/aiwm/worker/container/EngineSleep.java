package io.aiwm.worker.container;

import io.aiwm.common.KeyedQueue;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Has the engine in a container give back the memory of its GPUs, and take it again. While it sleeps the container engine does not
 * restart the container: one that starts anew is awake, and others have its GPUs. When nobody can tell whether a wake succeeded the
 * container is stopped, so that after a failure it holds no more than before.
 */
final class EngineSleep {
    private final Engine engine;
    private final Replicas replicas;
    private final Readiness readiness;
    private final KeyedQueue turns;
    private final EngineSwitch switches;

    EngineSleep(Engine engine, Replicas replicas, Readiness readiness, KeyedQueue turns, EngineSwitch switches) {
        this.engine = engine;
        this.replicas = replicas;
        this.readiness = readiness;
        this.turns = turns;
        this.switches = switches;
    }

    /** One that sleeps is a success. Fails where it does not, and then it serves as before. */
    Future<JsonObject> sleep(DeploymentCommand request, Command command) {
        return readiness
                .drained(request, command)
                .compose(quiet -> turns.take(
                        request.deploymentId(), () -> running(request).compose(one -> asleep(one, request))));
    }

    private Future<JsonObject> asleep(EngineContainer one, DeploymentCommand request) {
        return engine.mayNotRestart(one.id())
                .compose(held -> switches.sleep(one, request.port()))
                .map(slept -> one.output())
                .recover(cause -> engine.mayRun(one)
                        .compose(back -> failed("the engine did not go to sleep: " + cause.getMessage())));
    }

    /** One that is awake is a success. */
    Future<JsonObject> wake(DeploymentCommand request, Command command) {
        return turns.take(request.deploymentId(), () -> running(request).compose(one -> awake(one, request)))
                // its probes may have to restart it, which takes the turn
                .compose(one -> readiness
                        .of(one.id(), command)
                        .map(EngineContainer::output)
                        .recover(cause -> turns.take(request.deploymentId(), () -> stopped(one, request, cause))));
    }

    /** While it sleeps nothing restarts it, so that comes last. */
    private Future<EngineContainer> awake(EngineContainer one, DeploymentCommand request) {
        return switches.wake(one, request.port())
                .compose(woken -> engine.mayRun(one))
                .map(one)
                .recover(cause -> stopped(one, request, cause));
    }

    private <T> Future<T> stopped(EngineContainer one, DeploymentCommand request, Throwable cause) {
        return engine.stop(one.id(), Replicas.grace(request))
                .compose(stopped -> failed("the engine was not woken: " + cause.getMessage()));
    }

    /** Not tried again by itself: what is next depends on what the container is by then. */
    private static <T> Future<T> failed(String why) {
        return Future.failedFuture(new CommandFailure(new CommandError(ErrorCategory.INTERNAL, why, false)));
    }

    private Future<EngineContainer> running(DeploymentCommand request) {
        if (request.port() == null) {
            return Future.failedFuture(new CommandFailure(ErrorCategory.INVALID, "port is missing"));
        }
        return replicas.of(request).compose(found -> {
            List<EngineContainer> up =
                    found.stream().filter(EngineContainer::running).toList();
            return up.isEmpty()
                    ? Future.failedFuture(new CommandFailure(
                            ErrorCategory.NOT_FOUND,
                            "deployment " + request.deploymentId() + " has no container that runs on this node"))
                    : engine.inspect(up.get(0).id()).map(one -> one.orElse(up.get(0)));
        });
    }
}
