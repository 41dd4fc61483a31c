package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.DeploymentState.DEPLOYING;
import static io.aiwm.controller.deployment.DeploymentState.RUNNING;
import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.monitor.DueExecutions;
import io.aiwm.controller.orchestrator.CommandInbox;
import io.aiwm.controller.orchestrator.Dispatcher;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.NodeRegisterBuilder;
import io.aiwm.testing.Spoiled;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A record that nobody can read, or that cannot take what is told of it, is its own trouble and nobody else's. */
class OneRecordsTroubleTest extends FleetRig {
    private final ConcurrentLinkedQueue<String> sent = new ConcurrentLinkedQueue<>();
    private final Dispatcher dispatcher = new Dispatcher(
            (node, message) -> {
                sent.add(message.type() + " of " + message.metadata().getString("executionId"));
                return Future.succeededFuture();
            },
            InstantSource.system());

    private Deployment made() {
        return await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1','ports':[]}}"), "admin"));
    }

    private Deployment running() {
        var made = made();
        fleet.work(made.lastExecutionId());
        Awaitility.await()
                .untilAsserted(() -> assertThat(fleet.get(made.id()).status()).isEqualTo(RUNNING));
        return fleet.get(made.id());
    }

    private void spoilDeployment(String id) {
        await(Spoiled.field(fleet.store, Deployments.COLLECTION, id, "createdAt"));
    }

    private void spoilExecution(String id) {
        await(Spoiled.field(fleet.store, Executions.COLLECTION, id, "createdAt"));
        fleet.restartController();
    }

    private static NodeRegister.Running brought(Deployment deployment) {
        var container = deployment.container();
        return new NodeRegister.Running(
                container.commandId(), deployment.id(), 0, null, container.containerId(), "running");
    }

    private static NodeRegister registration(List<NodeRegister.Running> running, List<String> results) {
        return NodeRegisterBuilder.builder()
                .nodeId("n1")
                .running(running)
                .unacknowledgedResults(results)
                .build();
    }

    private CommandInbox inbox() {
        return new CommandInbox(fleet.executions, dispatcher, fleet.deployments::keeps);
    }

    @Test
    void a_registration_is_answered_for_all_that_can_be_judged_and_leaves_the_rest_as_it_is() {
        var good = running();
        var bad = running();
        var gone = new NodeRegister.Running("ex_gone.0.1", "dep_gone", 0, null, "c-gone", "running");
        spoilDeployment(bad.id());
        spoilExecution(bad.lastExecutionId());

        var todo = await(inbox().registered(
                        "n1",
                        registration(
                                List.of(brought(bad), gone, brought(good)),
                                List.of(
                                        bad.container().commandId(),
                                        good.container().commandId(),
                                        "ex_gone.0.1"))));

        assertThat(todo.adopt()).containsExactly(good.container().containerId());
        assertThat(todo.stop()).containsExactly("c-gone");
        assertThat(todo.resend()).containsExactly(good.container().commandId());
        assertThat(todo.forget()).containsExactly("ex_gone.0.1");
    }

    @Test
    void a_store_that_does_not_answer_is_no_single_records_trouble_and_the_node_tries_again() {
        var good = running();
        var inbox = new CommandInbox(
                fleet.executions,
                dispatcher,
                (node, container) ->
                        Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the store does not answer")));
        assertThatThrownBy(() -> await(inbox.registered("n1", registration(List.of(brought(good)), List.of()))))
                .hasMessage("the store does not answer");
    }

    @Test
    void executions_whose_time_has_come_are_looked_at_beside_one_that_cannot_be_read() {
        var bad = made();
        var good = made();
        spoilExecution(bad.lastExecutionId());
        fleet.now.set(fleet.now.get().plusSeconds(60));
        var due = new DueExecutions(fleet.executions, dispatcher, fleet.now::get, Duration.ofSeconds(10));
        await(due.run());
        assertThat(sent).containsExactly("deployment.create of " + good.lastExecutionId());
    }

    @Test
    void deployments_are_listed_and_repaired_beside_those_that_cannot_be() {
        var unreadable = running();
        var unreadableAction = made();
        var good = running();
        spoilDeployment(unreadable.id());
        spoilExecution(unreadableAction.lastExecutionId());
        assertThat(await(fleet.deployments.find(Query.all())).items())
                .extracting(Deployment::id)
                .containsExactlyInAnyOrder(good.id(), unreadableAction.id());

        fleet.nodes.clear();
        await(new DeploymentSweep(fleet.deployments).run());
        assertThat(fleet.get(good.id()).status()).as("made anew elsewhere").isEqualTo(DEPLOYING);
    }

    @Test
    void a_start_reads_what_deployments_hold_beside_those_that_cannot_be_read() {
        var unreadable = running();
        var unreadableAction = made();
        var good = running();
        spoilDeployment(unreadable.id());
        spoilExecution(unreadableAction.lastExecutionId());
        Map<String, String> held = new HashMap<>();
        await(fleet.deployments.trackClaims((claimId, nodeId, claim, underWay) -> held.put(claimId, nodeId)));
        assertThat(held).containsEntry(ReplicaPlans.claimId(good.id(), 0), "n1");
    }

    @Test
    void a_record_that_lacks_what_none_can_lack_is_left_out_of_lists_and_starts_too() {
        var badExecution = made();
        var badDeployment = made();
        var good = made();
        await(Spoiled.field(fleet.store, Executions.COLLECTION, badExecution.lastExecutionId(), "steps", null));
        await(Spoiled.field(fleet.store, Deployments.COLLECTION, badDeployment.id(), "desired", null));
        fleet.restartController();

        assertThat(await(fleet.executions.find(Query.all())).items())
                .extracting(Execution::id)
                .containsExactlyInAnyOrder(badDeployment.lastExecutionId(), good.lastExecutionId());
        assertThat(await(fleet.deployments.find(Query.all())).items())
                .extracting(Deployment::id)
                .containsExactlyInAnyOrder(badExecution.id(), good.id());
        var running = new ConcurrentLinkedQueue<Execution>();
        assertThat(await(fleet.executions.recount(running::addAll))).containsExactly(badExecution.lastExecutionId());
        assertThat(running).hasSize(2);
        assertThat(fleet.store.unreadable().names(9))
                .containsExactly("deployments/" + badDeployment.id(), "executions/" + badExecution.lastExecutionId());
        assertThatThrownBy(() -> await(fleet.deployments.get(badDeployment.id())))
                .hasMessageContaining("cannot be read");
    }

    @Test
    void a_start_reads_what_runs_and_says_what_of_it_cannot_be_read() {
        var bad = made();
        var good = made();
        spoilExecution(bad.lastExecutionId());
        var running = new ConcurrentLinkedQueue<Execution>();
        assertThat(await(fleet.executions.recount(running::addAll))).containsExactly(bad.lastExecutionId());
        assertThat(running).extracting(Execution::id).containsExactly(good.lastExecutionId());
    }
}
