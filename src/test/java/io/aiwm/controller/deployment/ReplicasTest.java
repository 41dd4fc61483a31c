package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.DeploymentStatus;
import io.aiwm.protocol.DeploymentStatusBuilder;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Replicas of a deployment: their number, their failures, and lost nodes. */
class ReplicasTest extends ReplicasRig {
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
