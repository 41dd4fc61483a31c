package io.aiwm.controller.drain;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.DeploymentState;
import io.aiwm.controller.deployment.DeploymentSweep;
import io.aiwm.controller.execution.OnNodeLost;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.CommandResult.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Drains of nodes that went offline or died meanwhile. */
class DrainOfDeadNodeTest extends WithDrainRig {
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
}
