package io.aiwm.worker.container;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.DeploymentCommand;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;

/** The containers of one deployment on this node: which there are, and what is done to each of them. */
final class Replicas {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration MOST_GRACE = Duration.ofMinutes(10);

    private final Engine engine;
    private final ContainerOwner owner;

    Replicas(Engine engine, ContainerOwner owner) {
        this.engine = engine;
        this.owner = owner;
    }

    /** A command's data. Fails with {@code invalid} when it is not a deployment's. */
    static DeploymentCommand read(Command command) {
        try {
            DeploymentCommand data = Json.decode(command.data(), DeploymentCommand.class);
            if (data.deploymentId() == null || data.deploymentId().isBlank()) {
                throw new CommandFailure(ErrorCategory.INVALID, "deploymentId is missing");
            }
            if (data.replica() != null && data.replica() < 0) {
                throw new CommandFailure(ErrorCategory.INVALID, "replica must not be negative");
            }
            return data;
        } catch (Failure cause) {
            throw new CommandFailure(ErrorCategory.INVALID, cause.getMessage());
        }
    }

    static Duration grace(DeploymentCommand command) {
        if (command.graceMs() == null || command.graceMs() < 0) {
            return GRACE;
        }
        Duration asked = Duration.ofMillis(command.graceMs());
        return asked.compareTo(MOST_GRACE) > 0 ? MOST_GRACE : asked;
    }

    /** The deployment's containers here, newest first; those of every replica when the command names none. */
    Future<List<EngineContainer>> of(DeploymentCommand command) {
        return find(command.deploymentId(), command.replica());
    }

    /** @param replica null: all of them */
    Future<List<EngineContainer>> find(String deploymentId, Integer replica) {
        var labels = new LinkedHashMap<>(owner.labels());
        labels.put(ContainerLabels.DEPLOYMENT, deploymentId);
        if (replica != null) {
            labels.put(ContainerLabels.REPLICA, replica.toString());
        }
        return engine.list(labels);
    }

    /** Those that another command made; fails with {@code conflict} when one is a later attempt of the same step. */
    Future<List<EngineContainer>> others(ContainerPlan plan) {
        var mine = CommandId.parseAny(plan.commandId());
        return find(
                        plan.labels().get(ContainerLabels.DEPLOYMENT),
                        Integer.valueOf(plan.labels().get(ContainerLabels.REPLICA)))
                .compose(found -> {
                    List<EngineContainer> others = found.stream()
                            .filter(container -> !plan.commandId().equals(container.label(ContainerLabels.COMMAND)))
                            .toList();
                    boolean late = others.stream()
                            .anyMatch(container -> mine.isEarlierAttemptOf(
                                    CommandId.parseAny(container.label(ContainerLabels.COMMAND))));
                    return late
                            ? Future.failedFuture(new CommandFailure(new CommandError(
                                    ErrorCategory.CONFLICT, "a later attempt of this step runs here already", false)))
                            : Future.succeededFuture(others);
                });
    }

    Future<Void> stop(List<EngineContainer> containers, Duration grace) {
        return each(containers, container -> engine.stop(container.id(), grace));
    }

    /** Stops those that run, then removes all. */
    Future<Void> remove(List<EngineContainer> containers, Duration grace) {
        return each(
                containers,
                container -> engine.stop(container.id(), grace).compose(stopped -> engine.remove(container.id())));
    }

    private static Future<Void> each(List<EngineContainer> containers, Function<EngineContainer, Future<Void>> work) {
        return Future.join(containers.stream().map(work).toList()).mapEmpty();
    }
}
