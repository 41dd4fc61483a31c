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
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What containers of a deployment report, and what that makes of it. */
class DeploymentReportsTest extends DeploymentRig {
    @Test
    void a_program_that_ended_well_before_its_result_came_is_stopped_whatever_was_reported_of_it_before() {
        fleet.containerNow = new JsonObject().put("state", "exited").put("exitCode", 0);
        var made = made("");
        await(fleet.deployments.reported(
                "n1", report(made.id(), made.lastExecutionId() + ".0.1", "running", null, null)));
        fleet.work(made.lastExecutionId());
        var stopped = becomes(made.id(), STOPPED);
        assertThat(stopped.container().exitCode()).isZero();
        assertThat(stopped.statusReason()).isEqualTo("container ended by itself without an error");
        assertThat(fleet.execution(made.lastExecutionId()).status()).isEqualTo(ExecutionState.COMPLETED);
    }

    @Test
    void a_container_that_the_engine_restarts_again_and_again_is_degraded_with_its_code() {
        fleet.containerNow = new JsonObject().put("state", "restarting").put("exitCode", 7);
        var made = made("");
        fleet.work(made.lastExecutionId());
        var degraded = becomes(made.id(), DEGRADED);
        assertThat(degraded.statusReason()).isEqualTo("container exited with 7; the engine restarts it");

        var restarting = await(fleet.deployments.restart(made.id(), false, "admin"));
        fleet.work(restarting.lastExecutionId());
        assertThat(becomes(made.id(), DEGRADED).container().exitCode()).isEqualTo(7);
        await(fleet.deployments.reported(
                "n1", report(made.id(), degraded.container().commandId(), "running", null, null)));
        assertThat(fleet.get(made.id()).status()).isEqualTo(RUNNING);
        assertThat(fleet.get(made.id()).statusReason()).isNull();
    }

    @Test
    void a_program_that_ended_well_at_once_after_a_restart_is_stopped() {
        var running = running();
        fleet.containerNow = new JsonObject().put("state", "exited").put("exitCode", 0);
        var restarting = await(fleet.deployments.restart(running.id(), false, "admin"));
        await(fleet.deployments.reported(
                "n1", report(running.id(), running.container().commandId(), "exited", null, 143)));
        fleet.work(restarting.lastExecutionId());
        assertThat(becomes(running.id(), STOPPED).container().exitCode()).isZero();
    }

    @Test
    void health_and_exits_are_reflected_with_their_reason() {
        var running = running();
        String id = running.id();
        String command = running.container().commandId();

        await(fleet.deployments.reported("n1", report(id, command, "running", "unhealthy", null)));
        assertThat(fleet.get(id).status()).isEqualTo(DEGRADED);
        await(fleet.deployments.reported("n1", report(id, command, "running", "healthy", null)));
        assertThat(fleet.get(id).status()).isEqualTo(RUNNING);
        await(fleet.deployments.reported("n1", report(id, command, "exited", null, 137)));
        assertThat(fleet.get(id).status()).isEqualTo(FAILED);
        assertThat(fleet.get(id).statusReason()).isEqualTo("container exited with 137 (out of memory)");
        await(fleet.deployments.reported("n1", report(id, command, "running", null, null)));
        assertThat(fleet.get(id).status()).as("the engine restarted it").isEqualTo(RUNNING);
        await(fleet.deployments.reported("n1", report(id, command, "exited", null, 0)));
        assertThat(fleet.get(id).status()).isEqualTo(STOPPED);
    }

    @Test
    void a_restart_of_a_container_that_has_ended_asks_for_its_place_again() {
        var running = running();
        String id = running.id();
        String command = running.container().commandId();
        await(fleet.deployments.reported("n1", report(id, command, "exited", null, 1)));

        var starting = await(fleet.deployments.restart(id, false, "admin"));
        assertThat(starting.status()).isEqualTo(DEPLOYING);
        var create = fleet.execution(starting.lastExecutionId()).steps().get(0).spec();
        assertThat(create.command()).isEqualTo("deployment.create");
        assertThat(create.nodeId()).isEqualTo("n1");
        assertThat(create.claimId()).isEqualTo(id + "/0");
        assertThat(fleet.work(starting.lastExecutionId()))
                .containsExactly("deployment.create on n1", "proxy.configure on n1");
        becomes(id, RUNNING);

        var again = fleet.get(id).container().commandId();
        await(fleet.deployments.reported("n1", report(id, again, "exited", null, 1)));
        fleet.node("n1", NodeStatus.OFFLINE);
        assertThat(refused(fleet.deployments.restart(id, false, "admin")).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
    }

    @Test
    void a_start_goes_on_with_the_container_before_and_its_worker_says_whether_it_is_that_one() {
        var running = running();
        String id = running.id();
        String first = running.container().commandId();
        fleet.work(await(fleet.deployments.stop(id, "admin")).lastExecutionId());
        becomes(id, STOPPED);

        fleet.containerNow = new JsonObject().put("commandId", first).put("state", "running");
        var starting = await(fleet.deployments.start(id, "admin"));
        assertThat(fleet.execution(starting.lastExecutionId())
                        .steps()
                        .get(0)
                        .spec()
                        .data()
                        .getString("madeBy"))
                .isEqualTo(first);
        await(fleet.deployments.reported("n1", report(id, first, "running", null, null)));
        fleet.work(starting.lastExecutionId());
        assertThat(becomes(id, RUNNING).container().commandId()).isEqualTo(first);
        await(fleet.deployments.reported("n1", report(id, first, "exited", null, 9)));
        assertThat(fleet.get(id).statusReason()).isEqualTo("container exited with 9");
    }

    @Test
    void a_start_that_fails_leaves_the_container_before_to_the_next_one_and_its_reason_stays() {
        var running = running();
        String id = running.id();
        String first = running.container().commandId();
        fleet.work(await(fleet.deployments.stop(id, "admin")).lastExecutionId());
        becomes(id, STOPPED);
        await(fleet.deployments.reported("n1", report(id, first, "exited", null, 0)));

        var failing = await(fleet.deployments.start(id, "admin"));
        fleet.work(failing.lastExecutionId(), command -> error("port is taken"));
        assertThat(becomes(id, FAILED).container().commandId()).isEqualTo(first);
        await(fleet.deployments.reported("n1", report(id, first, "exited", null, 0)));
        await(fleet.deployments.reported("n1", report(id, first, "exited", null, 143)));
        assertThat(fleet.get(id).status()).isEqualTo(FAILED);
        assertThat(fleet.get(id).statusReason()).isEqualTo("port is taken");

        var again = await(fleet.deployments.start(id, "admin"));
        var create = fleet.execution(again.lastExecutionId()).steps().get(0).spec();
        assertThat(create.data().getString("madeBy")).isEqualTo(first);
        assertThat(create.nodeId()).isEqualTo("n1");
        await(fleet.deployments.reported("n1", report(id, first, "removed", null, null)));
        fleet.work(again.lastExecutionId(), command -> error("port is taken"));
        assertThat(becomes(id, FAILED).container()).isNull();
    }

    @Test
    void a_report_of_another_node_or_of_an_old_command_changes_nothing() {
        fleet.node("n2", NodeStatus.IDLE);
        var running = running();
        String id = running.id();
        await(fleet.deployments.reported("n2", report(id, running.container().commandId(), "exited", null, 1)));
        await(fleet.deployments.reported("n1", report(id, "ex_old.0.1", "exited", null, 1)));
        await(fleet.deployments.reported("n1", report(id, running.lastExecutionId() + ".0.7", "exited", null, 1)));
        await(fleet.deployments.reported("n1", report(id, running.lastExecutionId() + ".99.1", "exited", null, 1)));
        await(fleet.deployments.reported("n1", report("dep_unknown", "x.0.1", "exited", null, 1)));
        assertThat(fleet.get(id)).isEqualTo(running);
    }

    @Test
    void a_death_reported_before_the_result_is_not_forgotten() {
        var made = made("");
        String command = made.lastExecutionId() + ".0.1";
        await(fleet.deployments.reported("n1", report(made.id(), command, "exited", null, 3)));
        await(fleet.deployments.reported("n2", report(made.id(), command, "running", null, null)));
        fleet.work(made.lastExecutionId());
        assertThat(becomes(made.id(), FAILED).statusReason()).isEqualTo("container exited with 3");
    }

    @Test
    void one_that_ended_well_stays_stopped_when_its_node_registers_again() {
        var running = running();
        String id = running.id();
        String command = running.container().commandId();
        await(fleet.deployments.reported("n1", report(id, command, "exited", null, 0)));
        assertThat(fleet.get(id).status()).isEqualTo(STOPPED);

        assertThat(await(fleet.deployments.keeps("n1", brought(running, "exited"))))
                .isTrue();
        assertThat(fleet.get(id).status()).isEqualTo(STOPPED);
        assertThat(fleet.get(id).container().exitCode()).isZero();
        await(fleet.deployments.reported("n1", report(id, command, "exited", null, null)));
        assertThat(fleet.get(id).container().exitCode()).isZero();
    }

    @Test
    void what_is_stopped_stays_so_whatever_its_container_comes_to() {
        var running = running();
        String command = running.container().commandId();
        await(fleet.deployments.reported("n1", report(running.id(), command, "exited", null, 0)));
        await(fleet.deployments.reported("n1", report(running.id(), command, "exited", null, 1)));
        assertThat(fleet.get(running.id()).status()).isEqualTo(STOPPED);
        await(fleet.deployments.reported("n1", report(running.id(), command, "removed", null, null)));
        assertThat(fleet.get(running.id()).status()).isEqualTo(STOPPED);
        assertThat(fleet.get(running.id()).container().state()).isEqualTo("removed");
    }

    @Test
    void how_one_ended_while_its_worker_was_away_is_judged_by_the_report_that_says_it() {
        var running = running();
        String command = running.container().commandId();
        assertThat(await(fleet.deployments.keeps("n1", brought(running, "exited"))))
                .isTrue();
        assertThat(fleet.get(running.id()).status()).as("not yet told").isEqualTo(RUNNING);
        await(fleet.deployments.reported("n1", report(running.id(), command, "exited", null, 0)));
        assertThat(fleet.get(running.id()).status()).isEqualTo(STOPPED);
    }

    @Test
    void a_registration_does_not_take_an_unhealthy_container_for_a_healthy_one() {
        var running = running();
        String command = running.container().commandId();
        await(fleet.deployments.reported("n1", report(running.id(), command, "running", "unhealthy", null)));
        assertThat(await(fleet.deployments.keeps("n1", brought(running)))).isTrue();
        assertThat(fleet.get(running.id()).status()).isEqualTo(DEGRADED);
    }
}
