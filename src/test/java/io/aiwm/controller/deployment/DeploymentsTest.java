package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.error;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DeploymentsTest {
    @TempDir
    Path folder;

    Fleet fleet;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
    }

    @AfterEach
    void close() {
        fleet.close();
    }

    private static DeploymentRequest web(String more) {
        return DeploymentRulesTest.request(
                "{'name':'web','spec':{'image':'web:1','ports':[{'containerPort':80}]}" + more + "}");
    }

    private Deployment made(String more) {
        return await(fleet.deployments.create(web(more), "admin"));
    }

    private Deployment running() {
        var made = made("");
        fleet.work(made.lastExecutionId());
        return becomes(made.id(), RUNNING);
    }

    private Deployment becomes(String id, DeploymentState state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(fleet.get(id).status()).isEqualTo(state));
        return fleet.get(id);
    }

    private void isGone(String id) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(refused(fleet.deployments.get(id)))
                        .isNotNull()
                        .satisfies(refused -> assertThat(refused.kind).isEqualTo(Failure.Kind.NOT_FOUND)));
    }

    private static Failure refused(Future<?> future) {
        return catchThrowableOfType(Failure.class, () -> await(future));
    }

    @Test
    void a_deployment_runs_when_its_execution_is_through() {
        var made = made("");
        assertThat(made.status()).isEqualTo(DEPLOYING);

        assertThat(fleet.work(made.lastExecutionId()))
                .containsExactly("deployment.create on n1", "proxy.configure on n1");

        var running = becomes(made.id(), RUNNING);
        assertThat(running.nodeId()).isEqualTo("n1");
        assertThat(running.container().commandId()).isEqualTo(made.lastExecutionId() + ".0.1");
        assertThat(running.container().ports())
                .extracting(Deployment.Port::hostPort)
                .containsExactly(32_000);
    }

    @Test
    void what_is_deleted_while_something_is_done_to_it_alarms_nobody() {
        var left = running();
        fleet.work(await(fleet.deployments.delete(left.id(), "admin")).lastExecutionId());
        isGone(left.id());
        var made = made("");
        var begun = await(fleet.deployments.delete(made.id(), "admin"));
        fleet.work(made.lastExecutionId());
        fleet.work(begun.lastExecutionId());
        isGone(made.id());
        try (var log = new LogLines(DeploymentReconciler.class)) {
            // as whoever read the record a moment before it went
            assertThat(await(fleet.deployments.begin(begun))).isEqualTo(begun);
            assertThat(log.shown()).isEmpty();
        }
        fleet.node("n1", NodeStatus.OFFLINE);
        assertThat(await(fleet.deployments.lookAtNodes(left))).isNull();
        assertThat(await(fleet.deployments.push(left.id()))).isNull();
    }

    @Test
    void the_time_of_change_moves_with_every_change() {
        var made = made("");
        fleet.now.set(made.updatedAt().plusSeconds(1));
        String command = made.lastExecutionId() + ".0.1";
        await(fleet.deployments.reported("n1", report(made.id(), command, "running", null, null)));
        var sighted = fleet.get(made.id());
        assertThat(sighted.version()).isGreaterThan(made.version());
        assertThat(sighted.updatedAt()).isEqualTo(made.updatedAt().plusSeconds(1));
    }

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
    void a_bad_request_leaves_nothing_behind() {
        var failure = catchThrowableOfType(
                Failure.class, () -> await(fleet.deployments.create(web(",'replicas':201,'nodeId':'n1'"), "admin")));
        assertThat(failure.errors).extracting(Failure.FieldError::pointer).containsExactly("/replicas");
        assertThat(catchThrowableOfType(
                                Failure.class,
                                () -> await(fleet.deployments.create(web(",'nodeId':'nowhere'"), "admin")))
                        .errors)
                .extracting(Failure.FieldError::pointer)
                .containsExactly("/nodeId");
        assertThat(await(fleet.deployments.count(List.of()))).isZero();
        assertThat(await(fleet.executions.count(List.of()))).isZero();
    }

    @Test
    void a_failed_create_says_why_and_can_be_started_again() {
        var made = made("");
        fleet.work(made.lastExecutionId(), command -> error("no such image: web:1"));
        assertThat(becomes(made.id(), FAILED).statusReason()).contains("no such image");

        var again = await(fleet.deployments.start(made.id(), "admin"));
        assertThat(again.lastExecutionId()).isNotEqualTo(made.lastExecutionId());
        fleet.work(again.lastExecutionId());
        becomes(made.id(), RUNNING);
    }

    @Test
    void a_failed_create_may_be_retried_as_an_execution_and_nothing_else_may() {
        var made = made("");
        fleet.work(made.lastExecutionId(), command -> error("port is taken"));
        becomes(made.id(), FAILED);
        var failed = fleet.execution(made.lastExecutionId());

        await(fleet.deployments.beforeRetry(failed));
        await(fleet.executions.retry(failed.id(), RetrySelection.UNFINISHED, "admin"));
        fleet.work(failed.id());
        assertThat(becomes(made.id(), RUNNING).container().commandId()).endsWith(".0.2");

        assertThat(refused(fleet.deployments.beforeRetry(failed)).kind).isEqualTo(Failure.Kind.CONFLICT);
    }

    @Test
    void stop_start_restart_update_delete_act_on_the_node_that_has_the_container() {
        fleet.node("n0", NodeStatus.OFFLINE);
        var running = running();
        fleet.node("n0", NodeStatus.IDLE);
        String id = running.id();

        var restarting = await(fleet.deployments.restart(id, false, "admin"));
        assertThat(restarting.status()).isEqualTo(RESTARTING);
        assertThat(fleet.work(restarting.lastExecutionId())).containsExactly("deployment.restart on n1");
        assertThat(becomes(id, RUNNING).container().commandId())
                .isEqualTo(running.container().commandId());

        var stopping = await(fleet.deployments.stop(id, "admin"));
        assertThat(fleet.work(stopping.lastExecutionId())).containsExactly("deployment.stop on n1");
        becomes(id, STOPPED);

        var starting = await(fleet.deployments.start(id, "admin"));
        assertThat(fleet.work(starting.lastExecutionId()))
                .containsExactly("deployment.create on n1", "proxy.configure on n1");
        becomes(id, RUNNING);

        var updating = await(fleet.deployments.update(
                id, DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:2'}}"), null, "admin"));
        assertThat(updating.status()).isEqualTo(UPDATING);
        assertThat(fleet.work(updating.lastExecutionId()))
                .containsExactly("deployment.update on n1", "proxy.configure on n1");
        var updated = becomes(id, RUNNING);
        assertThat(updated.spec().image()).isEqualTo("web:2");
        assertThat(updated.container().commandId()).isEqualTo(updating.lastExecutionId() + ".0.1");

        var deleting = await(fleet.deployments.delete(id, "admin"));
        assertThat(deleting.status()).isEqualTo(DELETING);
        assertThat(fleet.work(deleting.lastExecutionId())).containsExactly("deployment.delete on n1");
        isGone(id);
    }

    @Test
    void a_failed_update_keeps_the_version_before() {
        var running = running();
        var updating = await(fleet.deployments.update(
                running.id(), DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:2'}}"), null, "admin"));
        fleet.work(updating.lastExecutionId(), command -> error("no such image"));
        var after = becomes(running.id(), RUNNING);
        assertThat(after.spec().image()).isEqualTo("web:1");
        assertThat(after.statusReason()).contains("update failed").contains("no such image");
        assertThat(after.container()).isEqualTo(running.container());
    }

    /** The worker stops it for the update and starts it again when that has failed; the reports of that may come late. */
    @Test
    void the_version_before_runs_on_also_when_the_report_that_it_does_comes_late() {
        var running = running();
        String id = running.id();
        String command = running.container().commandId();
        for (boolean restart : new boolean[] {false, true}) {
            var begun = restart
                    ? await(fleet.deployments.restart(id, false, "admin"))
                    : await(fleet.deployments.update(
                            id, DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:2'}}"), null, "admin"));
            await(fleet.deployments.reported("n1", report(id, command, "exited", null, 0)));
            fleet.work(begun.lastExecutionId(), ofStep -> error("it came to nothing"));
            assertThat(becomes(id, FAILED).statusReason()).contains("it came to nothing");
            await(fleet.deployments.reported("n1", report(id, command, "running", null, null)));
            var after = fleet.get(id);
            assertThat(after.status()).isEqualTo(RUNNING);
            assertThat(after.lastExecutionId()).as("nothing stops it").isEqualTo(begun.lastExecutionId());
        }
    }

    @Test
    void an_update_at_another_version_is_refused_and_changes_nothing() {
        var running = running();
        var failure = refused(fleet.deployments.update(running.id(), web(""), running.version() - 1, "admin"));
        assertThat(failure.kind).isEqualTo(Failure.Kind.PRECONDITION);
        assertThat(fleet.get(running.id())).isEqualTo(running);
    }

    @Test
    void an_action_during_another_is_refused_by_its_name() {
        var made = made("");
        for (Future<?> action : List.of(
                fleet.deployments.start(made.id(), "a"),
                fleet.deployments.restart(made.id(), false, "a"),
                fleet.deployments.update(made.id(), web(""), null, "a"))) {
            var failure = refused(action);
            assertThat(failure.kind).isEqualTo(Failure.Kind.CONFLICT);
            assertThat(failure).hasMessageContaining(made.lastExecutionId());
        }
    }

    @Test
    void delete_ends_what_is_under_way_before_it_removes() {
        var made = made("");
        var deleting = await(fleet.deployments.delete(made.id(), "admin"));
        assertThat(deleting.status()).isEqualTo(DELETING);
        assertThat(fleet.execution(made.lastExecutionId()).cancelAsked()).isTrue();
        assertThat(refused(fleet.executions.get(deleting.lastExecutionId())).kind)
                .as("removes nothing while the create may still make a container")
                .isEqualTo(Failure.Kind.NOT_FOUND);

        fleet.work(made.lastExecutionId());
        await().untilAsserted(() ->
                assertThat(fleet.work(deleting.lastExecutionId())).containsExactly("deployment.delete on n1"));
        isGone(made.id());
    }

    /** Found by a seeded run: the create went on for a deployment that was no more, and held room for it. */
    @Test
    void delete_during_a_stop_still_ends_what_the_stop_had_to_end() {
        var made = made("");
        await(fleet.deployments.stop(made.id(), "admin"));
        var deleting = await(fleet.deployments.delete(made.id(), "admin"));
        assertThat(deleting.first().endingFirst()).isEqualTo(made.lastExecutionId());
        assertThat(await(fleet.deployments.get(made.id())).status())
                .as("it is there while the create may still make a container")
                .isEqualTo(DELETING);

        fleet.work(made.lastExecutionId());
        await().untilAsserted(() ->
                assertThat(fleet.work(deleting.lastExecutionId())).containsExactly("deployment.delete on n1"));
        isGone(made.id());
    }

    @Test
    void stop_during_a_create_leaves_it_stopped_and_nothing_behind() {
        var made = made("");
        var stopping = await(fleet.deployments.stop(made.id(), "admin"));
        fleet.work(made.lastExecutionId());
        await().untilAsserted(() ->
                assertThat(fleet.work(stopping.lastExecutionId())).containsExactly("deployment.delete on n1"));
        assertThat(becomes(made.id(), STOPPED).desired()).isEqualTo(Deployment.Desired.STOPPED);
    }

    @Test
    void repeating_a_delete_is_harmless() {
        var running = running();
        var first = await(fleet.deployments.delete(running.id(), "admin"));
        var second = await(fleet.deployments.delete(running.id(), "admin"));
        assertThat(second.lastExecutionId()).isEqualTo(first.lastExecutionId());
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

    private static NodeRegister.Running brought(Deployment deployment) {
        return brought(deployment, "running");
    }

    private static NodeRegister.Running brought(Deployment deployment, String state) {
        var container = deployment.container();
        return new NodeRegister.Running(
                container.commandId(), deployment.id(), 0, null, container.containerId(), state);
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
