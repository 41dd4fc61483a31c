package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.SpecResolver;
import io.aiwm.controller.eventlog.EventLog;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.controller.node.Node;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Nodes, executions, deployments and drains over a real store; workers do what the test tells them. */
public final class DrainRig implements AutoCloseable {
    private static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(1000)
            .defaultTimeout(Duration.ofHours(10))
            .build();

    public final FleetUnderTest fleet;
    public Executions executions;
    public Deployments deployments;
    public Drains drains;

    public DrainRig(Path folder, String... nodes) {
        fleet = new FleetUnderTest(folder, Executions.COLLECTION, Deployments.COLLECTION, EventLog.COLLECTION);
        for (String node : nodes) {
            fleet.create(node);
            fleet.register(node);
        }
        wire();
    }

    /** A new process on the same store: nothing in memory survives. */
    public void restartController() {
        fleet.restart();
        wire();
    }

    private void wire() {
        executions = new Executions(fleet.store, this::place, fleet.clock, LIMITS, false);
        deployments = new Deployments(
                fleet.store,
                executions,
                fleet.nodes,
                new EventLog(fleet.store, EventLog.Retention.DEFAULT, fleet.clock),
                fleet.clock,
                SpecResolver.WITHOUT_MODELS,
                false);
        drains = new Drains(fleet.nodes, fleet.maintenance, executions, deployments, fleet.clock);
        fleet.nodes.onLost(id -> executions.nodeLost(id, "node " + id + " is offline", () -> true));
    }

    /** The first node that may have it; what only clears a node may go to a closed one. */
    private Placer.PlacementResult place(Placer.PlacementRequest wish) {
        String pinnedTo = wish.pinnedTo();
        boolean clears =
                pinnedTo != null && CommandNames.CLEARING.contains(wish.step().command());
        return fleet.nodes.all().stream()
                .filter(node -> pinnedTo == null || node.id().equals(pinnedTo))
                .filter(node -> node.status().isUp() && (node.schedulable() || clears))
                .findFirst()
                .map(node -> Placer.PlacementResult.on(node.id()))
                .orElseGet(() -> Placer.PlacementResult.later("waits for a node"));
    }

    /** An execution of one step, running on the first open node. */
    public Execution step(String nodeId, OnNodeLost onNodeLost) {
        var spec = StepSpecBuilder.builder()
                .index(0)
                .name("work")
                .command(CommandNames.JOB_RUN)
                .dependsOn(List.of())
                .nodeId(nodeId)
                .maxRetries(0)
                .onNodeLost(onNodeLost)
                .build();
        return await(executions.create(
                NewExecutionBuilder.builder()
                        .name("a job")
                        .category(Execution.JOB)
                        .start(true)
                        .steps(List.of(spec))
                        .build(),
                "anna"));
    }

    public Deployment deployment(String more) {
        var made = begun(more);
        work(made.lastExecutionId());
        Awaitility.await()
                .untilAsserted(() -> assertThat(get(made.id()).status()).isEqualTo(DeploymentState.RUNNING));
        return get(made.id());
    }

    /** Its execution is made; nobody works on it. */
    public Deployment begun(String more) {
        String json = "{'name':'web','spec':{'image':'web:1'}" + more + "}";
        return await(deployments.create(Json.decode(json.replace('\'', '"'), DeploymentRequest.class), "anna"));
    }

    public Deployment get(String id) {
        return await(deployments.get(id));
    }

    /** Waits until it is there: a record names its execution a moment before that is made. */
    public Execution execution(String id) {
        return Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptionsInstanceOf(Failure.class)
                .until(() -> await(executions.get(id)), Objects::nonNull);
    }

    public Step only(Execution execution) {
        return execution(execution.id()).steps().get(0);
    }

    /** Workers do everything they are given of an execution. Returns what was done where. */
    public List<String> work(String executionId) {
        var done = new ArrayList<String>();
        while (true) {
            Execution execution = execution(executionId);
            var open = execution.steps().stream()
                    .filter(step -> step.status().isOpenAttempt())
                    .toList();
            if (open.isEmpty()) {
                return done;
            }
            for (Step step : open) {
                done.add(step.spec().command() + " on " + step.nodeId());
                finish(execution, step, Outcome.success);
            }
        }
    }

    public void finish(Execution execution, Step step, Outcome outcome) {
        var id = new CommandId(execution.id(), step.spec().index(), step.attempt());
        var output = new JsonObject().put("containerId", "c-" + id);
        await(executions.acknowledged(id, step.nodeId(), new CommandAck(null, id.toString(), true, null)));
        var result = new CommandResult(
                null, id.toString(), outcome, output, null, fleet.clock.instant(), fleet.clock.instant());
        await(executions.finished(id, step.nodeId(), result, "m"));
    }

    /** The others are heard from, the given ones are not. */
    public void pass(Duration time, String... silent) {
        for (long second = 0; second < time.toSeconds(); second++) {
            for (Node node : fleet.nodes.all()) {
                if (!List.of(silent).contains(node.id())) {
                    fleet.admission.seen(node.id(), List.of());
                }
            }
            fleet.watchFor(Duration.ofSeconds(1));
        }
    }

    @Override
    public void close() {
        fleet.close();
    }
}
