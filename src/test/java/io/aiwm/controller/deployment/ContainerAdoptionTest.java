package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.*;
import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.NodeRegister;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What waits for room waits as long as it takes, and a lost node that is back first has what it had. */
class ContainerAdoptionTest extends FleetRig {
    private Deployment running(String more) {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1'}" + more + "}"), "admin"));
        fleet.work(made.lastExecutionId());
        return becomes(made.id(), RUNNING);
    }

    private Deployment becomes(String id, DeploymentState state) {
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(fleet.get(id).status()).isEqualTo(state));
        return fleet.get(id);
    }

    private Deployment lost(Deployment running) {
        fleet.node("n1", NodeStatus.OFFLINE);
        var waits = becomes(running.id(), DEPLOYING);
        assertThat(fleet.execution(waits.lastExecutionId())).isNotNull();
        return fleet.get(running.id());
    }

    private boolean isKept(Deployment running) {
        return await(fleet.deployments.keeps("n1", brought(running, "running")));
    }

    private static NodeRegister.Running brought(Deployment running, String state) {
        var container = running.container();
        return new NodeRegister.Running(container.commandId(), running.id(), 0, null, container.containerId(), state);
    }

    private void hoursPass(int hours) {
        fleet.now.updateAndGet(now -> now.plus(Duration.ofHours(hours)));
    }

    private Execution look(String execution) {
        return await(fleet.executions.look(execution));
    }

    @Test
    void a_node_that_is_back_after_hours_has_its_container_again_where_nobody_took_it_over() {
        var running = running("");
        var waits = lost(running);
        assertThat(waits.container()).isNull();
        hoursPass(30);
        assertThat(look(waits.lastExecutionId()).status()).isEqualTo(ExecutionState.RUNNING);
        await(fleet.deployments.push(running.id()));
        assertThat(fleet.get(running.id()).status()).isEqualTo(DEPLOYING);

        fleet.node("n1", NodeStatus.IDLE);
        assertThat(isKept(running)).isTrue();
        var back = becomes(running.id(), RUNNING);
        assertThat(back.container()).isEqualTo(running.container());
        assertThat(back.first().traces()).isEmpty();
        assertThat(back.first().lost()).isNull();
        assertThat(fleet.execution(waits.lastExecutionId()).status()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(isKept(running)).as("told once more").isTrue();
        assertThat(fleet.work(waits.lastExecutionId())).isEmpty();
        assertThat(fleet.get(running.id()).status()).isEqualTo(RUNNING);
    }

    @Test
    void nobody_sees_a_failure_while_a_container_is_taken_back() {
        List<DeploymentState> seen = new CopyOnWriteArrayList<>();
        fleet.deployments.onWritten((before, after) -> seen.add(after.status()));
        for (int round = 0; round < 10; round++) { // what is written first is decided by a race
            var running = running("");
            lost(running);
            fleet.node("n1", NodeStatus.IDLE);
            assertThat(isKept(running)).isTrue();
            becomes(running.id(), RUNNING);
            assertThat(seen).isNotEmpty().doesNotContain(FAILED);
            assertThat(fleet.get(running.id()).instance(0).adopts()).isFalse();
        }
    }

    @Test
    void what_its_user_cancelled_while_its_node_was_away_has_failed_as_ever() {
        var running = running("");
        var waits = lost(running);
        await(fleet.executions.cancel(waits.lastExecutionId(), "no patience", "admin"));
        assertThat(becomes(running.id(), FAILED).container()).isNull();
    }

    @Test
    void it_is_so_too_when_the_node_was_given_the_new_container_while_it_was_registering() {
        var running = running("");
        var waits = lost(running);
        fleet.node("n1", NodeStatus.IDLE);
        assertThat(look(waits.lastExecutionId()).steps().get(0).status()).isEqualTo(StepState.ASSIGNED);

        assertThat(isKept(running)).isTrue();
        becomes(running.id(), RUNNING);
        assertThat(fleet.execution(waits.lastExecutionId()).cancelAsked()).isTrue();
        fleet.work(waits.lastExecutionId());
        assertThat(fleet.execution(waits.lastExecutionId()).status()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(fleet.get(running.id()).container()).isEqualTo(running.container());
    }

    @Test
    void what_failed_meanwhile_runs_again_when_its_node_is_back() {
        var running = running("");
        var waits = lost(running);
        await(fleet.executions.cancel(waits.lastExecutionId(), "no patience", "admin"));
        becomes(running.id(), FAILED);
        fleet.node("n1", NodeStatus.IDLE);
        assertThat(isKept(running)).isTrue();
        assertThat(becomes(running.id(), RUNNING).container()).isEqualTo(running.container());
    }

    @Test
    void another_that_is_being_made_or_runs_elsewhere_is_not_given_up_for_it() {
        var running = running("");
        var waits = lost(running);
        fleet.node("n2", NodeStatus.IDLE);
        assertThat(look(waits.lastExecutionId()).steps().get(0).nodeId()).isEqualTo("n2");
        fleet.node("n1", NodeStatus.IDLE);
        assertThat(isKept(running)).isFalse();
        fleet.work(waits.lastExecutionId());
        assertThat(becomes(running.id(), RUNNING).nodeId()).isEqualTo("n2");
        assertThat(isKept(running)).isFalse();
    }

    @Test
    void what_its_user_stopped_and_started_meanwhile_is_made_anew() {
        var running = running("");
        lost(running);
        await(fleet.deployments.stop(running.id(), "admin"));
        becomes(running.id(), STOPPED);
        await(fleet.deployments.start(running.id(), "admin"));
        assertThat(fleet.get(running.id()).status()).isEqualTo(DEPLOYING);
        fleet.node("n1", NodeStatus.IDLE);
        assertThat(isKept(running)).isFalse();
    }

    @Test
    void a_container_that_ended_while_its_node_was_away_is_not_what_counts() {
        var running = running("");
        var waits = lost(running);
        assertThat(await(fleet.deployments.keeps("n1", brought(running, "exited"))))
                .isFalse();
        assertThat(fleet.execution(waits.lastExecutionId()).cancelAsked()).isFalse();
    }

    @Test
    void an_update_whose_node_is_lost_before_it_began_goes_on_elsewhere() {
        var running = running("");
        fleet.node("n1", NodeStatus.UNHEALTHY); // takes nothing new
        var updating = await(fleet.deployments.update(
                running.id(), DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:2'}}"), null, "admin"));
        assertThat(updating.status()).isEqualTo(UPDATING);
        hoursPass(30);
        assertThat(look(updating.lastExecutionId()).status()).isEqualTo(ExecutionState.RUNNING);
        fleet.node("n1", NodeStatus.OFFLINE);
        await(fleet.deployments.push(running.id()));
        var elsewhere = becomes(running.id(), DEPLOYING);
        assertThat(elsewhere.first().traces()).containsExactly("n1");
        assertThat(elsewhere.container()).isNull();
        assertThat(elsewhere.spec().image()).isEqualTo("web:2");
        assertThat(elsewhere.rollout().state()).isEqualTo(Rollout.State.ROLLING);
    }

    @Test
    void what_waits_for_the_lost_node_that_has_its_model_is_placed_anew() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request(
                        "{'name':'web','spec':{'image':'web:1'},'model':{'url':'https://host/model'}}"),
                "admin"));
        Execution first = fleet.execution(made.lastExecutionId());
        fleet.finish(first, first.steps().get(0), null);
        fleet.node("n1", NodeStatus.OFFLINE);
        hoursPass(2); // the attempt that was given to it
        Step create = look(made.lastExecutionId()).steps().get(1);
        assertThat(create.status()).isEqualTo(StepState.QUEUED);
        hoursPass(1);
        await(fleet.deployments.push(made.id()));

        var anew = fleet.get(made.id());
        assertThat(anew.lastExecutionId()).isNotEqualTo(made.lastExecutionId());
        fleet.node("n2", NodeStatus.IDLE);
        look(anew.lastExecutionId());
        assertThat(fleet.work(anew.lastExecutionId()))
                .containsExactly("model.download on n2", "deployment.create on n2", "proxy.configure on n2");
        becomes(made.id(), RUNNING);
    }

    @Test
    void what_is_made_and_only_waits_for_the_lost_node_to_tell_its_proxy_is_lost_like_any_other() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1'}}"), "admin"));
        Execution first = fleet.execution(made.lastExecutionId());
        fleet.node("n1", NodeStatus.UNHEALTHY); // takes nothing new
        fleet.finish(first, first.steps().get(0), null);
        assertThat(fleet.execution(first.id()).steps().get(1).status()).isEqualTo(StepState.QUEUED);
        fleet.node("n1", NodeStatus.OFFLINE);
        await(fleet.deployments.push(made.id()));

        await().untilAsserted(
                        () -> assertThat(fleet.get(made.id()).first().lost()).isNotNull());
        assertThat(fleet.get(made.id()).lastExecutionId()).isNotEqualTo(first.id());
        assertThat(fleet.get(made.id()).first().traces()).containsExactly("n1");
    }

    @Test
    void a_record_of_an_older_version_has_lost_nothing() {
        var running = running("");
        String json = Json.encode(running);
        assertThat(json).doesNotContain("\"lost\"");
        assertThat(Json.decode(json, Deployment.class)).isEqualTo(running);
    }
}
