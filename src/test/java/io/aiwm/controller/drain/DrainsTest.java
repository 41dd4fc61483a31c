package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.deployment.Replica;
import io.aiwm.controller.deployment.ReplicaState;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.CommandResult.Outcome;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DrainsTest {
    @TempDir
    Path folder;

    private DrainRig rig;

    @BeforeEach
    void open() {
        rig = new DrainRig(folder, "n1", "n2");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private DrainProgress drain(Duration time, boolean force) {
        return await(rig.drains.start("n1", time, force, "kernel", "anna"));
    }

    private DrainProgress look() {
        await(rig.drains.run());
        return await(rig.drains.progress("n1"));
    }

    private DrainProgress awaitState(String state) {
        Awaitility.await().untilAsserted(() -> assertThat(look().state()).isEqualTo(state));
        return look();
    }

    private Deployment becomes(String id, DeploymentState state) {
        Awaitility.await().untilAsserted(() -> assertThat(rig.get(id).status()).isEqualTo(state));
        return rig.get(id);
    }

    @Test
    void an_empty_node_is_drained_at_once_and_stays_closed() {
        drain(Duration.ofHours(1), false);
        var done = awaitState("COMPLETE");
        assertThat(done.remaining()).isZero();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isFalse();
        assertThat(rig.only(rig.step(null, null)).nodeId()).isEqualTo("n2");
    }

    @Test
    void running_work_may_finish_until_the_deadline() {
        var first = rig.step(null, null);
        var second = rig.step(null, null);
        assertThat(rig.only(second).nodeId()).isEqualTo("n1");

        var begun = drain(Duration.ofHours(1), false);
        assertThat(begun.remaining()).isEqualTo(2);
        assertThat(begun.items()).extracting(DrainItem::state).containsOnly(DrainItem.State.RUNNING);
        look();
        assertThat(rig.only(first).current().eviction()).isNull();

        rig.finish(rig.execution(first.id()), rig.only(first), Outcome.success);
        var half = look();
        assertThat(half.complete()).isEqualTo(1);
        assertThat(half.remaining()).isEqualTo(1);
        rig.finish(rig.execution(second.id()), rig.only(second), Outcome.success);
        var done = awaitState("COMPLETE");
        assertThat(done.complete()).isEqualTo(2);
        assertThat(done.finishedAt()).isNotNull();
    }

    @Test
    void at_the_deadline_it_is_evicted_and_runs_elsewhere_without_using_up_a_retry() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(60), false);
        rig.pass(Duration.ofSeconds(61));
        assertThat(look().migrating()).isEqualTo(1);
        assertThat(rig.only(work).current().eviction().kind()).isEqualTo(ErrorCategory.DRAINED);
        assertThat(rig.only(work).nodeId()).isEqualTo("n1");

        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.cancelled);
        assertThat(rig.only(work).nodeId()).isEqualTo("n2");
        assertThat(rig.only(work).attempts().get(0).error().category()).isEqualTo(ErrorCategory.DRAINED);
        awaitState("COMPLETE");
        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.success);
        assertThat(rig.only(work).status()).isEqualTo(StepState.COMPLETED);
    }

    @Test
    void a_drain_goes_on_after_the_controller_began_anew() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(60), false);
        rig.restartController();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isFalse();
        assertThat(look().remaining()).isEqualTo(1);
        rig.pass(Duration.ofSeconds(61));
        look();
        rig.restartController();
        look();
        assertThat(rig.only(work).current().eviction()).isNotNull();
        assertThat(rig.only(work).attempt()).isEqualTo(1);
        rig.finish(rig.execution(work.id()), rig.only(work), Outcome.cancelled);
        awaitState("COMPLETE");
    }

    @Test
    void what_can_run_nowhere_else_is_left_alone_unless_forced() {
        var pinned = rig.step("n1", null);
        var waits = rig.step(null, OnNodeLost.WAIT);
        var free = rig.step(null, null);
        drain(Duration.ZERO, false);
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(rig.only(free).current().eviction()).isNotNull());
        var left = look();
        assertThat(left.blocked()).isEqualTo(2);
        assertThat(rig.only(pinned).current().eviction()).isNull();
        assertThat(rig.only(waits).current().eviction()).isNull();

        drain(Duration.ofHours(1), true);
        look();
        for (var one : List.of(pinned, waits, free)) {
            assertThat(rig.only(one).current().eviction()).isNotNull();
            rig.finish(rig.execution(one.id()), rig.only(one), Outcome.cancelled);
        }
        awaitState("COMPLETE");
        assertThat(rig.only(pinned).status()).isEqualTo(StepState.QUEUED);
        assertThat(rig.only(waits).nodeId()).isEqualTo("n2");
    }

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

    @Test
    void a_node_that_goes_offline_is_drained_when_what_could_go_has_gone() {
        var free = rig.step(null, null);
        var waits = rig.step(null, OnNodeLost.WAIT);
        drain(Duration.ofHours(9), false);
        rig.pass(Duration.ofSeconds(179), "n1");
        assertThat(look().state()).isEqualTo("DRAINING");
        rig.pass(Duration.ofSeconds(2), "n1");
        assertThat(rig.fleet.nodes.find("n1").status()).isEqualTo(NodeStatus.OFFLINE);
        var done = awaitState("COMPLETE");
        assertThat(rig.only(free).nodeId()).isEqualTo("n2");
        assertThat(rig.only(waits).nodeId()).isEqualTo("n1");
        assertThat(done.blocked()).isEqualTo(1);
    }

    @Test
    void a_move_whose_old_node_dies_ends_with_the_new_container() {
        var made = rig.deployment("");
        drain(Duration.ofHours(9), false);
        var moving = becomes(made.id(), DeploymentState.MOVING);
        var execution = rig.execution(moving.lastExecutionId());
        rig.finish(execution, execution.steps().get(0), Outcome.success);
        rig.pass(Duration.ofSeconds(181), "n1");
        var proxy = rig.execution(moving.lastExecutionId());
        rig.finish(proxy, proxy.steps().get(1), Outcome.success);
        await(rig.deployments.start(made.id(), "anna").otherwiseEmpty()); // any action pushes it on
        var moved = becomes(made.id(), DeploymentState.RUNNING);
        assertThat(moved.nodeId()).isEqualTo("n2");
        assertThat(moved.first().traces()).containsExactly("n1");
    }

    @Test
    void a_move_that_waits_for_a_node_does_not_hold_the_drain_of_one_that_died() {
        await(rig.fleet.maintenance.schedulable("n2", false));
        var made = rig.deployment("");
        drain(Duration.ofHours(9), false);
        var moving = becomes(made.id(), DeploymentState.MOVING);
        assertThat(rig.execution(moving.lastExecutionId()).steps().get(0).status())
                .isEqualTo(StepState.QUEUED);

        rig.pass(Duration.ofSeconds(181), "n1");
        await(new DeploymentSweep(rig.deployments).run());
        awaitState("COMPLETE");
        var waiting = becomes(made.id(), DeploymentState.DEPLOYING);
        assertThat(waiting.nodeId()).isNull();
        assertThat(waiting.first().traces()).containsExactly("n1");
    }

    @Test
    void an_action_that_waits_for_a_dead_node_does_not_hold_its_drain() {
        var stops = rig.deployment("");
        var restarts = rig.deployment(",'onNodeLost':'wait'");
        await(rig.deployments.stop(stops.id(), "anna"));
        await(rig.deployments.restart(restarts.id(), false, "anna"));
        drain(Duration.ofHours(9), true);
        rig.pass(Duration.ofSeconds(100), "n1");
        assertThat(look().state()).isEqualTo("DRAINING");
        rig.pass(Duration.ofSeconds(81), "n1");
        var done = awaitState("COMPLETE");
        assertThat(done.blocked()).isEqualTo(done.remaining()).isPositive();
        assertThat(done.items()).allSatisfy(item -> assertThat(item.reason()).contains("waits for the return"));
    }

    @Test
    void a_stopped_drain_takes_nothing_more_away() {
        var work = rig.step(null, null);
        drain(Duration.ofSeconds(10), false);
        await(rig.drains.stop("n1"));
        rig.pass(Duration.ofSeconds(20));
        assertThat(look().state()).isEqualTo("STOPPED");
        assertThat(rig.only(work).current().eviction()).isNull();
        assertThat(rig.fleet.nodes.find("n1").schedulable()).isTrue();
        await(rig.drains.stop("n1"));
        await(rig.drains.stop("n2"));
        assertThatThrownBy(() -> await(rig.drains.progress("n2")))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.NOT_FOUND);
    }
}
