package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.ReplicaState;
import io.aiwm.controller.execution.StepState;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Deployments on a node that is drained. */
class ReplicaDrainTest extends WithDrainRig {
    @Test
    void a_deployment_gets_its_new_container_first_and_then_loses_the_old_one() {
        var made = rig.deployment("");
        assertThat(made.nodeId()).isEqualTo("n1");
        String old = made.container().commandId();

        drain(Duration.ofHours(1), false);
        var moving = becomes(made.id(), DeploymentState.MOVING);
        assertThat(moving.nodeId()).isEqualTo("n1");
        assertThat(look().migrating()).isEqualTo(1);
        assertThat(rig.work(moving.lastExecutionId()))
                .containsExactly("deployment.create on n2", "proxy.configure on n2", "deployment.delete on n1");
        var delete = rig.execution(moving.lastExecutionId()).steps().get(2);
        assertThat(delete.spec().data().getString("madeBy")).isEqualTo(old);

        var moved = becomes(made.id(), DeploymentState.RUNNING);
        assertThat(moved.nodeId()).isEqualTo("n2");
        assertThat(moved.first().traces()).isEmpty();
        assertThat(awaitState("COMPLETE").complete()).isEqualTo(1);
    }

    @Test
    void a_deployment_that_could_not_be_moved_stays_and_is_tried_again_later() {
        var made = rig.deployment("");
        drain(Duration.ofHours(1), false);
        var moving = becomes(made.id(), DeploymentState.MOVING);
        var execution = rig.execution(moving.lastExecutionId());
        var id = new CommandId(execution.id(), 0, 1);
        var error = new CommandError(ErrorCategory.INVALID, "no such image", false);
        await(rig.executions.finished(
                id, "n2", new CommandResult(null, id.toString(), Outcome.failure, null, error, null, null), "m"));
        var back = becomes(made.id(), DeploymentState.RUNNING);
        assertThat(back.nodeId()).isEqualTo("n1");
        assertThat(back.statusReason()).contains("move failed").contains("no such image");

        look();
        assertThat(rig.get(made.id()).status()).isEqualTo(DeploymentState.RUNNING);
        rig.pass(Duration.ofSeconds(61));
        look();
        var again = becomes(made.id(), DeploymentState.MOVING);
        rig.work(again.lastExecutionId());
        assertThat(becomes(made.id(), DeploymentState.RUNNING).nodeId()).isEqualTo("n2");
    }

    @Test
    void a_deployment_pinned_to_the_node_blocks_the_drain_and_is_stopped_when_forced() {
        var made = rig.deployment(",'nodeId':'n1'");
        drain(Duration.ZERO, false);
        var blocked = look();
        assertThat(blocked.state()).isEqualTo("DRAINING");
        assertThat(blocked.blocked()).isEqualTo(1);
        assertThat(rig.get(made.id()).status()).isEqualTo(DeploymentState.RUNNING);

        drain(Duration.ZERO, true);
        var stopping = becomes(made.id(), DeploymentState.STOPPING);
        assertThat(rig.work(stopping.lastExecutionId())).containsExactly("deployment.stop on n1");
        becomes(made.id(), DeploymentState.STOPPED);
        awaitState("COMPLETE");
    }

    /** Replica 0 on n1, replica 1 on n2. */
    private Deployment onBothNodes(String more) {
        var made = rig.deployment(more);
        await(rig.fleet.maintenance.schedulable("n1", false));
        await(rig.deployments.rollouts().scale(made.id(), 2, "anna"));
        Awaitility.await()
                .untilAsserted(() -> assertThat(rig.get(made.id()).instances()).hasSize(2));
        rig.work(rig.get(made.id()).instances().get(1).lastExecutionId());
        becomes(made.id(), DeploymentState.RUNNING);
        await(rig.fleet.maintenance.schedulable("n1", true));
        var both = rig.get(made.id());
        assertThat(both.nodeIds()).containsExactly("n1", "n2");
        return both;
    }

    private void hasStates(String id, ReplicaState... states) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(rig.get(id).instances())
                        .extracting(Replica::state)
                        .containsExactly(states));
    }

    @Test
    void a_forced_drain_stops_only_the_replicas_on_its_node() {
        var made = onBothNodes(",'onNodeLost':'wait'");
        drain(Duration.ZERO, false);
        assertThat(look().items()).extracting(DrainItem::name).containsExactly("web replica 0");
        assertThat(look().blocked()).isEqualTo(1);

        drain(Duration.ZERO, true);
        hasStates(made.id(), ReplicaState.STOPPING, ReplicaState.RUNNING);
        assertThat(rig.work(rig.get(made.id()).instances().get(0).lastExecutionId()))
                .containsExactly("deployment.stop on n1");
        hasStates(made.id(), ReplicaState.STOPPED, ReplicaState.RUNNING);
        assertThat(rig.get(made.id()).status()).isEqualTo(DeploymentState.DEGRADED);
        awaitState("COMPLETE");

        await(rig.fleet.maintenance.schedulable("n1", true));
        await(rig.deployments.start(made.id(), "anna"));
        rig.work(rig.get(made.id()).instances().get(0).lastExecutionId());
        hasStates(made.id(), ReplicaState.RUNNING, ReplicaState.RUNNING);
    }

    @Test
    void a_replica_that_has_ended_does_not_hold_the_drain_of_its_node() {
        var made = onBothNodes("");
        var ended = made.instances().get(0).container();
        await(rig.deployments.reported(
                "n1",
                DeploymentStatusBuilder.builder()
                        .deploymentId(made.id())
                        .replica(0)
                        .containerId(ended.containerId())
                        .commandId(ended.commandId())
                        .state("exited")
                        .health("none")
                        .exitCode(0)
                        .oomKilled(false)
                        .restarts(0)
                        .build()));
        hasStates(made.id(), ReplicaState.STOPPED, ReplicaState.RUNNING);

        drain(Duration.ofHours(1), false);
        awaitState("COMPLETE");
        hasStates(made.id(), ReplicaState.STOPPED, ReplicaState.RUNNING);
    }

    @Test
    void a_deployment_stopped_while_it_moves_leaves_a_container_on_neither_node() {
        var made = rig.deployment("");
        drain(Duration.ofHours(1), false);
        var moving = becomes(made.id(), DeploymentState.MOVING);
        var execution = rig.execution(moving.lastExecutionId());
        rig.finish(execution, execution.steps().get(0), Outcome.success);

        await(rig.deployments.stop(made.id(), "anna"));
        var cancelled = rig.execution(moving.lastExecutionId());
        cancelled.steps().stream()
                .filter(step -> step.status().isOpenAttempt())
                .forEach(step -> rig.finish(cancelled, step, Outcome.cancelled));
        Awaitility.await().untilAsserted(() -> {
            var now = rig.get(made.id());
            assertThat(now.first().endingFirst()).isNull();
            assertThat(rig.execution(now.lastExecutionId()).steps()).hasSize(2);
        });
        assertThat(rig.work(rig.get(made.id()).lastExecutionId()))
                .containsExactlyInAnyOrder("deployment.delete on n1", "deployment.delete on n2");
        becomes(made.id(), DeploymentState.STOPPED);
    }

    @Test
    void a_deployment_that_had_only_its_model_there_begins_elsewhere() {
        var made = rig.begun(",'model':{'url':'https://h/m'}");
        drain(Duration.ofHours(1), false);
        var execution = rig.execution(made.lastExecutionId());
        rig.finish(execution, execution.steps().get(0), Outcome.success);
        assertThat(rig.execution(made.lastExecutionId()).steps().get(1).status())
                .isEqualTo(StepState.QUEUED);

        look();
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(rig.get(made.id()).lastExecutionId()).isNotEqualTo(made.lastExecutionId()));
        awaitState("COMPLETE");
        assertThat(rig.work(rig.get(made.id()).lastExecutionId()))
                .startsWith("model.download on n2", "deployment.create on n2");
        assertThat(becomes(made.id(), DeploymentState.RUNNING).nodeId()).isEqualTo("n2");
    }
}
