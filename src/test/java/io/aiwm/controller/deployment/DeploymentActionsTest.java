package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.error;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.RetrySelection;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is asked of a deployment: to be created, stopped, started, restarted, updated and deleted. */
class DeploymentActionsTest extends DeploymentRig {
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
}
