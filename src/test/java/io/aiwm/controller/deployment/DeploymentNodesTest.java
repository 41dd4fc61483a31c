package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.error;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nodes of a deployment that vanish, return and are removed, and a deployment for which there is no node. */
class DeploymentNodesTest extends DeploymentRig {
    @Test
    void a_lost_node_means_a_new_container_elsewhere_and_the_old_one_stops_when_it_returns() {
        fleet.node("n2", NodeStatus.OFFLINE);
        var running = running();
        fleet.node("n2", NodeStatus.IDLE);
        fleet.node("n1", NodeStatus.OFFLINE);
        var moving = becomes(running.id(), DEPLOYING);
        assertThat(moving.statusReason()).contains("node n1 is offline");
        assertThat(fleet.work(moving.lastExecutionId()))
                .containsExactly("deployment.create on n2", "proxy.configure on n2");
        assertThat(becomes(running.id(), RUNNING).nodeId()).isEqualTo("n2");

        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isFalse();
        assertThat(await(fleet.deployments.keeps("n2", brought(fleet.get(running.id())))))
                .isTrue();
    }

    @Test
    void who_asks_to_wait_for_the_node_waits_and_runs_on_when_it_returns() {
        fleet.node("n2", NodeStatus.IDLE);
        var made = made(",'onNodeLost':'wait','requirements':{'cpu':1}");
        fleet.work(made.lastExecutionId());
        var running = becomes(made.id(), RUNNING);
        fleet.node("n1", NodeStatus.OFFLINE);
        assertThat(becomes(made.id(), DEGRADED).statusReason()).isEqualTo("node n1 is offline");
        var sweep = new DeploymentSweep(fleet.deployments);
        long version = fleet.get(made.id()).version();
        await(sweep.run());
        assertThat(fleet.get(made.id()).version())
                .as("nothing new, nothing written")
                .isEqualTo(version);

        fleet.node("n1", NodeStatus.IDLE);
        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isTrue();
        assertThat(becomes(made.id(), RUNNING).lastExecutionId()).isEqualTo(made.lastExecutionId());
    }

    @Test
    void why_it_waits_is_said_until_it_waits_no_more() {
        fleet.node("n1", NodeStatus.OFFLINE);
        var made = made("");
        await().untilAsserted(
                        () -> assertThat(fleet.get(made.id()).statusReason()).isEqualTo("no node"));
        assertThat(fleet.get(made.id()).status()).isEqualTo(DEPLOYING);
        fleet.node("n1", NodeStatus.IDLE);
        await(fleet.executions.look(made.lastExecutionId()));
        await().untilAsserted(
                        () -> assertThat(fleet.get(made.id()).statusReason()).isNull());
    }

    @Test
    void a_host_port_that_a_deployment_holds_is_refused_while_there_is_nowhere_else_to_go() {
        var fixed = DeploymentRulesTest.request(
                "{'name':'web','spec':{'image':'web:1','ports':[{'containerPort':80,'hostPort':32000}]}}");
        var holder = await(fleet.deployments.create(fixed, "admin"));
        fleet.work(holder.lastExecutionId());
        becomes(holder.id(), RUNNING);

        var refusal = refused(fleet.deployments.create(fixed, "admin"));
        assertThat(refusal.kind).isEqualTo(Failure.Kind.CONFLICT);
        assertThat(refusal.getMessage()).contains("/spec/ports/0/hostPort", "32000", "n1", holder.id());
        assertThat(await(fleet.deployments.count(List.of()))).isEqualTo(1);

        fleet.node("n2", NodeStatus.IDLE);
        assertThat(await(fleet.deployments.create(fixed, "admin")).status()).isEqualTo(DEPLOYING);
    }

    @Test
    void a_node_that_returns_while_its_container_is_being_stopped_keeps_it_and_after_that_stops_it() {
        var running = running();
        var stopping = await(fleet.deployments.stop(running.id(), "admin"));
        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isTrue();
        fleet.work(stopping.lastExecutionId());
        becomes(running.id(), STOPPED);
        assertThat(await(fleet.deployments.keeps("n1", brought(running))))
                .as("stopped, not removed")
                .isTrue();
        assertThat(fleet.work(becomes(running.id(), STOPPING).lastExecutionId()))
                .containsExactly("deployment.stop on n1");
        assertThat(becomes(running.id(), STOPPED).container().commandId())
                .isEqualTo(running.container().commandId());
    }

    @Test
    void what_runs_although_it_was_stopped_or_had_ended_well_is_stopped_again() {
        var running = running();
        String id = running.id();
        String command = running.container().commandId();
        fleet.work(await(fleet.deployments.stop(id, "admin")).lastExecutionId());
        becomes(id, STOPPED);
        await(fleet.deployments.reported("n1", report(id, command, "running", null, null)));
        var stopping = becomes(id, STOPPING);
        assertThat(stopping.statusReason()).isEqualTo("its container ran again");
        assertThat(fleet.work(stopping.lastExecutionId())).containsExactly("deployment.stop on n1");
        assertThat(becomes(id, STOPPED).container().state()).isEqualTo("exited");

        var ended = running();
        command = ended.container().commandId();
        await(fleet.deployments.reported("n1", report(ended.id(), command, "exited", null, 0)));
        await(fleet.deployments.reported("n1", report(ended.id(), command, "running", null, null)));
        assertThat(fleet.work(becomes(ended.id(), STOPPING).lastExecutionId()))
                .containsExactly("deployment.stop on n1");
        becomes(ended.id(), STOPPED);
    }

    @Test
    void stopping_what_ran_on_a_deleted_node_ends_at_once_and_says_what_may_be_left() {
        var made = made(",'onNodeLost':'wait'");
        fleet.work(made.lastExecutionId());
        var running = becomes(made.id(), RUNNING);
        fleet.nodes.remove("n1");
        assertThat(await(fleet.deployments.lookAtNodes(running)).statusReason()).contains("node n1 was deleted");
        var stopped = await(fleet.deployments.stop(running.id(), "admin"));
        assertThat(stopped.status()).isEqualTo(STOPPED);
        assertThat(stopped.statusReason()).contains("may be left there");
    }

    @Test
    void deleting_while_the_node_is_offline_ends_when_it_is_back() {
        var made = made(",'onNodeLost':'wait'");
        fleet.work(made.lastExecutionId());
        var running = becomes(made.id(), RUNNING);
        fleet.node("n1", NodeStatus.OFFLINE);
        becomes(made.id(), DEGRADED);
        var deleting = await(fleet.deployments.delete(made.id(), "admin"));
        assertThat(fleet.get(made.id()).status()).isEqualTo(DELETING);
        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isFalse();

        fleet.node("n1", NodeStatus.IDLE);
        await(fleet.executions.look(deleting.lastExecutionId()));
        fleet.work(deleting.lastExecutionId());
        isGone(made.id());
        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isFalse();
    }

    @Test
    void a_failed_removal_is_tried_again_until_it_is_gone() {
        var running = running();
        var sweep = new DeploymentSweep(fleet.deployments);
        var first = await(fleet.deployments.delete(running.id(), "admin"));
        fleet.work(first.lastExecutionId(), command -> error("engine is silent"));
        await().untilAsserted(
                        () -> assertThat(fleet.get(running.id()).statusReason()).contains("engine is silent"));
        await(sweep.run());
        assertThat(fleet.get(running.id()).lastExecutionId()).isEqualTo(first.lastExecutionId());

        fleet.now.updateAndGet(now -> now.plusSeconds(60));
        await(sweep.run());
        var second = fleet.get(running.id());
        assertThat(second.lastExecutionId()).isNotEqualTo(first.lastExecutionId());
        fleet.work(second.lastExecutionId());
        isGone(running.id());
    }

    @Test
    void a_deployment_on_a_node_that_was_removed_can_be_deleted() {
        var running = running();
        fleet.nodes.remove("n1");
        await(fleet.deployments.delete(running.id(), "admin"));
        isGone(running.id());
    }

    @Test
    void a_hint_lost_with_the_controller_is_made_good_by_the_sweep() {
        var made = made("");
        var execution = fleet.execution(made.lastExecutionId());
        var dying = fleet.deployments;
        fleet.restartController(); // from here on, who finishes is not the one whose listener knows the deployment
        fleet.deployments = dying;
        var step = execution.steps().get(0);
        fleet.finish(execution, step, null);
        fleet.work(execution.id());
        fleet.restartController();
        await(new DeploymentSweep(fleet.deployments).run());
        assertThat(fleet.get(made.id()).status()).isEqualTo(RUNNING);
        assertThat(fleet.execution(made.lastExecutionId()).status()).isEqualTo(ExecutionState.COMPLETED);
    }
}
