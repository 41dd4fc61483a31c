package io.aiwm.controller.deployment;

import io.aiwm.controller.deployment.Deployment.Container;
import io.aiwm.controller.deployment.Deployment.Port;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.DeploymentStatus;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Builds the container of a deployment's record from the output of a step or from a worker's report. Pure. */
final class ContainerOutcome {
    private static final Set<String> MAKERS = Set.of(CommandNames.DEPLOYMENT_CREATE, CommandNames.DEPLOYMENT_UPDATE);

    private ContainerOutcome() {}

    static boolean makes(Step step) {
        return MAKERS.contains(step.spec().command());
    }

    /** The container an execution has made, whatever became of the rest of it; null when it made none. */
    static Container containerOf(Execution execution) {
        return execution.steps().stream()
                .filter(step -> step.status() == StepState.COMPLETED)
                .filter(step -> MAKERS.contains(step.spec().command()))
                .findFirst()
                .map(step -> made(execution, step, null))
                .orElse(null);
    }

    /** A report that came after the restart is newer than its result, unless that says that it has ended again. */
    static Container restarted(Container old, JsonObject output) {
        boolean ended = hasEnded(output);
        boolean reported = !ended && old.phase() != ContainerState.EXITED;
        var next = old.but().containerId(output.getString("containerId", old.containerId()));
        if (!reported) {
            next.state(output.getString("state", ContainerState.RUNNING.wire()))
                    .exitCode(output.getInteger("exitCode"))
                    .oomKilled(null);
        }
        if (output.containsKey("ports")) {
            next.ports(ports(output));
        }
        return next.build();
    }

    /** The container of a replica whose engine this execution has woken; null: it has not. */
    static Container woken(Container asleep, Execution execution) {
        return execution.steps().stream()
                .filter(step -> step.spec().command().equals(CommandNames.DEPLOYMENT_WAKE))
                .filter(step -> step.status() == StepState.COMPLETED)
                .findFirst()
                .map(step -> restarted(asleep, output(step)).with(step.current().claim()))
                .orElse(null);
    }

    /** Whether this execution has begun to wake an engine, so that it holds its GPUs unless somebody has seen that it does not. */
    static boolean mayBeAwake(Execution execution) {
        return execution.steps().stream()
                .anyMatch(step -> step.spec().command().equals(CommandNames.DEPLOYMENT_WAKE) && step.attempt() > 0);
    }

    /** Whether a command left a container that does not run, or that the engine has to restart again and again. */
    private static boolean hasEnded(JsonObject output) {
        String state = output.getString("state");
        return ContainerState.EXITED.is(state) || ContainerState.RESTARTING.is(state);
    }

    static Container made(Execution execution, Step step, Container report) {
        var output = output(step);
        // a start may have found the container before as it shall be; the command that made that is its name still
        String commandId = output.getString(
                "commandId", new CommandId(execution.id(), step.spec().index(), step.attempt()).toString());
        boolean reported = report != null && report.commandId().equals(commandId);
        // the command has started it, so a report that it is only created is older than its result
        boolean known = reported
                && report.phase() != ContainerState.CREATED
                && !(ContainerState.EXITED.is(output.getString("state")) && ReplicaTransitions.runs(report));
        var made = DeploymentContainerBuilder.builder()
                .nodeId(step.nodeId())
                .containerId(output.getString("containerId"))
                .commandId(commandId)
                .state(output.getString("state", ContainerState.RUNNING.wire()))
                .exitCode(output.getInteger("exitCode"))
                .ports(ports(output))
                .claim(step.current().claim())
                .image(reported && report.image() != null ? report.image() : image(output.getString("imageId"), null));
        if (known) {
            made.state(report.state())
                    .health(report.health())
                    .probeFailure(report.probeFailure())
                    .exitCode(report.exitCode())
                    .oomKilled(report.oomKilled())
                    .restarts(report.restarts());
            if (!report.ports().isEmpty()) {
                made.ports(report.ports());
            }
        }
        return made.build();
    }

    /** @param known ports it is known with, for a report that does not name them */
    static Container reported(String nodeId, DeploymentStatus report, List<Port> known) {
        boolean up = ContainerState.RUNNING.is(report.state());
        return DeploymentContainerBuilder.builder()
                .nodeId(nodeId)
                .containerId(report.containerId())
                .commandId(report.commandId())
                .state(report.state())
                .health(report.health())
                .probeFailure(report.probeFailure())
                .exitCode(up ? null : report.exitCode())
                .oomKilled(up ? null : report.oomKilled())
                .restarts(report.restarts())
                .ports(report.ports() == null ? known : ports(report.ports()))
                .image(image(report.imageId(), report.tagImageId()))
                .build();
    }

    private static ContainerImage image(String id, String tagId) {
        return id == null ? null : new ContainerImage(id, tagId);
    }

    /** What it was made of stays known when it is told once more without that, as a registration tells it. */
    static Container imageAs(Container known, Container told) {
        boolean same =
                Objects.equals(known.containerId(), told.containerId()) && told.phase() != ContainerState.REMOVED;
        return same && told.image() == null ? told.with(known.image()) : told;
    }

    /** How a container ended stays known when it is told once more without that. */
    static Container endedAs(Container known, Container told) {
        boolean same = Objects.equals(known.containerId(), told.containerId())
                && known.phase() == ContainerState.EXITED
                && told.phase() == ContainerState.EXITED
                && told.exitCode() == null;
        return same
                ? told.but()
                        .exitCode(known.exitCode())
                        .oomKilled(known.oomKilled())
                        .build()
                : told;
    }

    /** A start that failed leaves the container before as it was, unless that is gone. */
    static Container ofNextStart(Container before) {
        return before == null || before.phase() == ContainerState.REMOVED
                ? null
                : ReplicaTransitions.runs(before) ? inState(before, ContainerState.EXITED) : before;
    }

    static Container inState(Container container, ContainerState state) {
        return container == null
                ? null
                : container
                        .but()
                        .state(state.wire())
                        .health(null)
                        .probeFailure(null)
                        .build();
    }

    static JsonObject output(Step step) {
        return step.output() == null ? new JsonObject() : step.output();
    }

    private static List<Port> ports(List<DeploymentStatus.Port> told) {
        return told.stream()
                .map(port -> new Port(port.containerPort(), port.hostPort(), port.protocol(), port.hostIp()))
                .toList();
    }

    private static List<Port> ports(JsonObject output) {
        var listed = output.getJsonArray("ports");
        if (listed == null) {
            return List.of();
        }
        return listed.stream()
                .map(JsonObject.class::cast)
                .map(port -> new Port(
                        port.getInteger("containerPort", 0),
                        port.getInteger("hostPort"),
                        port.getString("protocol"),
                        port.getString("hostIp")))
                .toList();
    }
}
