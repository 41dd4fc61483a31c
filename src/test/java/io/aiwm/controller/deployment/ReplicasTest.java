package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deployments of several replicas: their number, their failures, and how a new version reaches them. */
class ReplicasTest {
    @TempDir
    Path folder;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        fleet.node("n2", NodeStatus.IDLE);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private static CommandError well(String command) {
        return null;
    }

    private static DeploymentRequest web(String image, String more) {
        return DeploymentRulesTest.request("{'name':'web','spec':{'image':'" + image + "'}" + more + "}");
    }

    private Deployment running(int replicas, String more) {
        var made = await(fleet.deployments.create(web("web:1", ",'replicas':" + replicas + more), "admin"));
        return becomes(made.id(), seen -> seen.ready() == replicas, ReplicasTest::well);
    }

    /** Sweeps and works until it is so. */
    private Deployment becomes(String id, Predicate<Deployment> so, Function<String, CommandError> failing) {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            step(failing);
                            return fleet.get(id);
                        },
                        so);
    }

    private void step(Function<String, CommandError> failing) {
        await(new DeploymentSweep(fleet.deployments).run());
        for (Execution one : open()) {
            fleet.work(one.id(), failing);
        }
    }

    private List<Execution> open() {
        return await(fleet.executions.find(Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                .items();
    }

    @Test
    void there_are_as_many_as_are_asked_for_each_by_an_execution_of_its_own() {
        var running = running(3, "");
        assertThat(running.status()).isEqualTo(DeploymentState.RUNNING);
        assertThat(running.instances()).extracting(Replica::index).containsExactly(0, 1, 2);
        assertThat(running.instances()).extracting(Replica::lastExecutionId).doesNotHaveDuplicates();
        assertThat(running.all())
                .allSatisfy(one -> assertThat(fleet.execution(one.lastExecutionId())
                                .steps()
                                .get(0)
                                .spec()
                                .claimId())
                        .isEqualTo(running.id() + "/" + one.index()));
    }

    @Test
    void it_is_scaled_up_and_down_and_to_nothing() {
        var id = running(1, "").id();
        await(fleet.deployments.rollouts().scale(id, 4, "admin"));
        becomes(id, seen -> seen.ready() == 4, ReplicasTest::well);
        await(fleet.deployments.rollouts().scale(id, 2, "admin"));
        var two = becomes(id, seen -> seen.instances().size() == 2, ReplicasTest::well);
        assertThat(two.instances()).extracting(Replica::index).containsExactly(0, 1);
        await(fleet.deployments.rollouts().scale(id, 0, "admin"));
        assertThat(becomes(id, seen -> seen.instances().isEmpty(), ReplicasTest::well)
                        .status())
                .isEqualTo(DeploymentState.STOPPED);
        await(fleet.deployments.rollouts().scale(id, 1, "admin"));
        assertThat(becomes(id, seen -> seen.ready() == 1, ReplicasTest::well).status())
                .isEqualTo(DeploymentState.RUNNING);
        assertThatThrownBy(() -> await(fleet.deployments.rollouts().scale(id, 201, "admin")))
                .hasMessageContaining("0 to 200");
    }

    @Test
    void of_too_many_the_one_that_is_not_ready_goes_first() {
        var running = running(3, "");
        await(fleet.deployments.reported("n1", reportOf(running.instance(0), "exited", 1)));
        await(fleet.deployments.rollouts().scale(running.id(), 2, "admin"));
        var two = becomes(running.id(), seen -> seen.instances().size() == 2, ReplicasTest::well);
        assertThat(two.instances()).extracting(Replica::index).containsExactly(1, 2);
    }

    private static DeploymentStatus reportOf(Instance one, String state, Integer code) {
        var plain = report(one.id(), one.container().commandId(), state, null, code);
        return DeploymentStatusBuilder.builder()
                .deploymentId(one.id())
                .replica(one.index())
                .containerId(plain.containerId())
                .commandId(plain.commandId())
                .state(state)
                .exitCode(code)
                .restarts(0)
                .build();
    }

    @Test
    void one_that_ends_is_started_again_after_growing_pauses_and_then_left_alone() {
        var id = running(2, "").id();
        for (int failure = 1; failure <= DesiredReplicas.MOST_FAILURES; failure++) {
            await(fleet.deployments.reported("n1", reportOf(fleet.get(id).instance(1), "exited", 3)));
            var failed = fleet.get(id);
            assertThat(failed.status()).isEqualTo(DeploymentState.DEGRADED);
            assertThat(failed.statusReason()).contains("1 of 2 ready", "replica 1", "exited with 3");
            assertThat(failed.instance(1).replica().retryAt())
                    .isEqualTo(fleet.now.get().plus(DesiredReplicas.pause(failure)));
            await(new DeploymentSweep(fleet.deployments).run());
            assertThat(fleet.get(id).instance(1).status()).isEqualTo(ReplicaState.FAILED);
            fleet.now.updateAndGet(now -> now.plus(DesiredReplicas.LONGEST_PAUSE));
            becomes(id, seen -> seen.ready() == 2, ReplicasTest::well);
        }
        await(fleet.deployments.reported("n1", reportOf(fleet.get(id).instance(1), "exited", 3)));
        fleet.now.updateAndGet(now -> now.plus(Duration.ofDays(1)));
        await(new DeploymentSweep(fleet.deployments).run());
        var left = fleet.get(id).instance(1);
        assertThat(left.reasonCode()).isEqualTo(ReasonCode.CRASH_LOOP);
        assertThat(left.statusReason()).contains("CrashLoop", "exited with 3");
        await(fleet.deployments.restartReplica(id, 1, false, "admin"));
        assertThat(becomes(id, seen -> seen.ready() == 2, ReplicasTest::well)
                        .instance(1)
                        .replica()
                        .failures())
                .isNull();
    }

    @Test
    void one_that_its_user_does_not_want_restarted_is_left_as_it_is() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1','restartPolicy':'no'}}"), "admin"));
        becomes(made.id(), seen -> seen.ready() == 1, ReplicasTest::well);
        await(fleet.deployments.reported("n1", reportOf(fleet.get(made.id()).instance(0), "exited", 1)));
        assertThat(fleet.get(made.id()).status()).isEqualTo(DeploymentState.FAILED);
        assertThat(fleet.get(made.id()).instance(0).replica().retryAt()).isNull();
    }

    @Test
    void an_update_replaces_one_after_the_other_where_they_are() {
        var id = running(3, "").id();
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        var least = new int[] {3};
        var done = becomes(
                id,
                seen -> {
                    least[0] = Math.min(least[0], seen.ready());
                    return !seen.isRolling();
                },
                ReplicasTest::well);
        assertThat(least[0]).isGreaterThanOrEqualTo(2);
        assertThat(done.replicas()).isEqualTo(3);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(2);
        assertThat(done.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(done.goodGeneration()).isEqualTo(2);
    }

    @Test
    void with_a_surge_an_old_one_goes_only_when_a_new_one_is_ready() {
        var id = running(3, ",'update':{'maxSurge':1}").id();
        await(fleet.deployments.update(id, web("web:2", ",'update':{'maxSurge':1}"), null, "admin"));
        var seenMost = new int[] {0};
        var done = becomes(
                id,
                seen -> {
                    seenMost[0] = Math.max(seenMost[0], seen.instances().size());
                    assertThat(seen.ready()).isGreaterThanOrEqualTo(3);
                    return !seen.isRolling() && seen.instances().size() == 3;
                },
                ReplicasTest::well);
        assertThat(seenMost[0]).isEqualTo(4);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(2);
    }

    @Test
    void a_bad_version_comes_back_by_itself_and_says_why() {
        for (String surge : List.of("", ",'update':{'maxSurge':1}")) {
            var id = running(3, surge).id();
            await(fleet.deployments.update(id, web("bad:1", surge), null, "admin"));
            var back = becomes(
                    id,
                    seen -> !seen.isRolling()
                            && seen.ready() == 3
                            && seen.instances().size() == 3,
                    command -> fails(id, command));
            assertThat(back.spec().image()).isEqualTo("web:1");
            assertThat(back.generation()).isEqualTo(1);
            assertThat(back.rollout().state()).isEqualTo(Rollout.State.ROLLED_BACK);
            assertThat(back.rollout().reason()).contains("it is bad");
            assertThat(back.instances()).extracting(Replica::generation).containsOnly(1);
        }
    }

    /** Only within one update is a container that could not be replaced left alone for a minute. */
    @Test
    void an_update_begins_at_once_though_the_one_before_has_failed_just_now() {
        var id = running(2, "").id();
        await(fleet.deployments.update(id, web("bad:1", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, command -> fails(id, command));
        fleet.now.updateAndGet(now -> now.plusSeconds(1));
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        var done = becomes(id, seen -> !seen.isRolling(), ReplicasTest::well);
        assertThat(done.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(done.instances()).extracting(Replica::generation).containsOnly(done.generation());
    }

    /** What makes a container of the new image fails. */
    private CommandError fails(String id, String command) {
        boolean bad = fleet.get(id).spec().image().startsWith("bad");
        return bad && (command.equals("deployment.update") || command.equals("deployment.create"))
                ? new CommandError(ErrorCategory.INVALID, "it is bad", false)
                : null;
    }

    @Test
    void without_a_rollback_it_stays_as_far_as_it_came_and_can_be_undone() {
        var id = running(2, ",'update':{'autoRollback':false}").id();
        await(fleet.deployments.update(id, web("bad:1", ",'update':{'autoRollback':false}"), null, "admin"));
        var stuck = becomes(id, seen -> !seen.isRolling(), command -> fails(id, command));
        assertThat(stuck.rollout().state()).isEqualTo(Rollout.State.FAILED);
        assertThat(stuck.ready()).isEqualTo(2);
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(id, seen -> !seen.isRolling(), ReplicasTest::well);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.revisions().get(2).undoes()).isEqualTo(1);
    }

    /** Such as one whose new container waits for a node that there is not: the way back must not wait for it, too. */
    @Test
    void what_an_update_that_is_undone_has_not_come_to_keeps_its_container() {
        String surge = ",'update':{'maxSurge':1,'maxUnavailable':0}";
        var id = running(2, surge).id();
        var before = containers(id);
        await(fleet.deployments.update(id, web("web:2", surge), null, "admin"));
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(
                id,
                seen -> !seen.isRolling() && seen.instances().size() == 2,
                command -> command.equals("deployment.create")
                        ? new CommandError(ErrorCategory.INVALID, "nowhere to go", false)
                        : null);
        assertThat(undone.rollout().state()).isEqualTo(Rollout.State.DONE);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.goodGeneration()).isEqualTo(3);
        assertThat(containers(id)).isEqualTo(before);
    }

    @Test
    void undo_goes_past_a_version_that_was_never_ready() {
        var id = running(2, "").id();
        await(fleet.deployments.update(id, web("bad:1", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, command -> fails(id, command));
        fleet.now.updateAndGet(now -> now.plusSeconds(120));
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        becomes(id, seen -> !seen.isRolling() && seen.ready() == 2, ReplicasTest::well);
        await(fleet.deployments.rollouts().undo(id, null, "admin"));
        var undone = becomes(id, seen -> !seen.isRolling(), ReplicasTest::well);
        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(undone.rollout().state()).isEqualTo(Rollout.State.DONE);
    }

    private List<String> containers(String id) {
        return fleet.get(id).instances().stream()
                .map(replica -> replica.container().containerId())
                .toList();
    }

    @Test
    void a_paused_update_touches_nothing_more_until_it_is_resumed() {
        var id = running(3, "").id();
        await(fleet.deployments.update(id, web("web:2", ""), null, "admin"));
        await(fleet.deployments.rollouts().pause(id, true));
        becomes(id, seen -> seen.ready() == 3, ReplicasTest::well);
        step(ReplicasTest::well);
        assertThat(fleet.get(id).instances()).extracting(Replica::generation).containsExactly(2, 1, 1);
        await(fleet.deployments.rollouts().pause(id, false));
        assertThat(becomes(id, seen -> !seen.isRolling(), ReplicasTest::well).instances())
                .extracting(Replica::generation)
                .containsOnly(2);
    }

    @Test
    void what_needs_no_other_container_makes_none() {
        var running = running(2, "");
        var executions = await(fleet.executions.count(List.of()));
        await(fleet.deployments.update(
                running.id(),
                DeploymentRulesTest.request("{'name':'other','replicas':2,'spec':{'image':'web:1'}}"),
                null,
                "admin"));
        step(ReplicasTest::well);
        assertThat(await(fleet.executions.count(List.of()))).isEqualTo(executions);
        assertThat(fleet.get(running.id()).name()).isEqualTo("other");
        assertThat(fleet.get(running.id()).generation()).isEqualTo(1);
    }

    @Test
    void a_merge_patch_changes_what_it_names_and_keeps_secrets() {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request("{'name':'web','spec':{'image':'web:1','env':{'TOKEN':'s3cret','A':'1'}}}"),
                "admin"));
        becomes(made.id(), seen -> seen.ready() == 1, ReplicasTest::well);
        var patch = new JsonObject("{\"spec\":{\"env\":{\"A\":null,\"B\":\"2\"}}}");
        await(fleet.deployments.rollouts().patch(made.id(), patch, null, "admin"));
        assertThat(fleet.get(made.id()).spec().env())
                .containsEntry("TOKEN", "s3cret")
                .containsEntry("B", "2")
                .doesNotContainKey("A");
        assertThatThrownBy(() -> await(fleet.deployments
                        .rollouts()
                        .patch(made.id(), new JsonObject("{\"spec\":{\"imagee\":\"x\"}}"), null, "admin")))
                .hasMessageContaining("/spec/imagee");
        assertThatThrownBy(() -> await(
                        fleet.deployments.rollouts().patch(made.id(), new JsonObject("{\"replicas\":2}"), 1L, "admin")))
                .hasMessageContaining("is at version");
    }

    @Test
    void all_of_it_is_stopped_started_restarted_and_deleted() {
        var id = running(3, "").id();
        await(fleet.deployments.stop(id, "admin"));
        becomes(id, seen -> seen.status() == DeploymentState.STOPPED, ReplicasTest::well);
        await(fleet.deployments.start(id, "admin"));
        var before = becomes(id, seen -> seen.ready() == 3, ReplicasTest::well);
        await(fleet.deployments.restart(id, false, "admin"));
        assertThat(fleet.get(id).ready()).isEqualTo(2);
        var after = becomes(
                id,
                seen -> seen.ready() == 3 && seen.instances().stream().allMatch(one -> one.restart() == null),
                ReplicasTest::well);
        assertThat(after.instances())
                .extracting(Replica::lastExecutionId)
                .doesNotContainAnyElementsOf(before.instances().stream()
                        .map(Replica::lastExecutionId)
                        .toList());
        await(fleet.deployments.delete(id, "admin"));
        Awaitility.await().until(() -> {
            step(ReplicasTest::well);
            return await(fleet.deployments.count(List.of())) == 0;
        });
    }

    @Test
    void only_the_replicas_of_a_lost_node_are_made_elsewhere() {
        var id = running(2, "").id();
        fleet.node("n1", NodeStatus.OFFLINE);
        var moved = becomes(id, seen -> seen.ready() == 2 && seen.nodeIds().equals(List.of("n2")), ReplicasTest::well);
        assertThat(moved.instances()).extracting(Replica::traces).allMatch(traces -> traces.contains("n1"));
    }
}
