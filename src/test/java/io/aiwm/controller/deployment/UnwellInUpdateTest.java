package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ProbeFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A new container was ready, so that its execution is done, and is unwell then while the update goes on. */
@Timeout(60)
class UnwellInUpdateTest {
    private static final ProbeFailure FAILURE = new ProbeFailure("readiness", "HTTP 503");

    @TempDir
    Path folder;

    private Fleet fleet;

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private static DeploymentRequest web(String image, int replicas, String update) {
        return DeploymentRulesTest.request("{'name':'web','onNodeLost':'wait','replicas':" + replicas + ",'update':"
                + update + ",'spec':{'image':'" + image + "'}}");
    }

    /** Runs, and gets a new version of which the replica of that index is ready. */
    private String firstIsReady(int replicas, int index, String update) {
        String id = await(fleet.deployments.create(web("web:1", replicas, update), "ada"))
                .id();
        becomes(id, seen -> seen.ready() == replicas);
        await(fleet.deployments.update(id, web("web:2", replicas, update), null, "ada"));
        fleet.work(fleet.get(id).instance(index).lastExecutionId());
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() -> fleet.get(id).instance(index).replica(), one -> one.isReady() && one.generation() == 2);
        return id;
    }

    /** Sweeps and works until it is so. */
    private Deployment becomes(String id, Predicate<Deployment> so) {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            sweep();
                            for (Execution one : await(fleet.executions.find(
                                            Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                                    .items()) {
                                fleet.work(one.id());
                            }
                            return fleet.get(id);
                        },
                        so);
    }

    private void sweep() {
        await(new DeploymentSweep(fleet.deployments).run());
    }

    private void report(String id, int index, String state, String health, ProbeFailure failure) {
        var container = fleet.get(id).instance(index).container();
        await(fleet.deployments.reported(
                container.nodeId(),
                DeploymentStatusBuilder.builder()
                        .deploymentId(id)
                        .replica(index)
                        .containerId(container.containerId())
                        .commandId(container.commandId())
                        .state(state)
                        .health(health)
                        .restarts(0)
                        .probeFailure(failure)
                        .build()));
    }

    private Rollout.State after(String id, Duration time) {
        fleet.now.updateAndGet(now -> now.plus(time));
        sweep();
        return fleet.get(id).rollout().state();
    }

    private void othersAreDone(String id, int index) {
        becomes(
                id,
                seen -> seen.all().stream()
                        .filter(one -> one.index() != index)
                        .allMatch(one -> one.status() == ReplicaState.RUNNING));
    }

    @ParameterizedTest
    @CsvSource({"readiness, READINESS_PROBE_FAILED", ", UNHEALTHY"})
    void a_surging_update_goes_back_without_another_report(String probe, ReasonCode code) {
        String id = firstIsReady(3, 3, "{'maxSurge':1,'maxUnavailable':0}");
        report(id, 3, "running", "unhealthy", probe == null ? null : FAILURE);
        othersAreDone(id, 3);
        assertThat(after(id, RolloutSteps.UNWELL.minusSeconds(1))).isEqualTo(Rollout.State.ROLLING);
        assertThat(after(id, Duration.ofSeconds(1))).isEqualTo(Rollout.State.ROLLING_BACK);
        Deployment back =
                becomes(id, seen -> !seen.isRolling() && seen.instances().size() == 3 && seen.ready() == 3);
        assertThat(back.rollout().state()).isEqualTo(Rollout.State.ROLLED_BACK);
        assertThat(back.rollout().reasonCode()).isEqualTo(code);
        assertThat(back.rollout().reason()).startsWith("replica 3: ");
        assertThat(back.instances()).extracting(Replica::generation).containsOnly(1);
    }

    @Test
    void a_way_back_that_comes_no_further_ends_and_says_where_it_stands() {
        String id = firstIsReady(3, 3, "{'maxSurge':1,'maxUnavailable':0}");
        report(id, 3, "running", "unhealthy", FAILURE);
        othersAreDone(id, 3);
        assertThat(after(id, RolloutSteps.UNWELL)).isEqualTo(Rollout.State.ROLLING_BACK);
        assertThat(after(id, RolloutSteps.STUCK.minusSeconds(1))).isEqualTo(Rollout.State.ROLLING_BACK);
        await(fleet.deployments.rollouts().pause(id, true));
        assertThat(after(id, Duration.ofHours(2))).isEqualTo(Rollout.State.ROLLING_BACK);
        await(fleet.deployments.rollouts().pause(id, false));
        assertThat(after(id, RolloutSteps.STUCK.minusSeconds(1))).isEqualTo(Rollout.State.ROLLING_BACK);
        assertThat(after(id, Duration.ofSeconds(1))).isEqualTo(Rollout.State.FAILED);
        Rollout ended = fleet.get(id).rollout();
        assertThat(ended.reason())
                .startsWith("replica 3: readiness probe fails: HTTP 503; generation 1 has not come back: replica ");
        assertThat(ended.endedAt()).isEqualTo(fleet.now.get());
        assertThat(ended.backAt()).isNull();
    }

    @Test
    void while_no_controller_looks_no_way_back_is_stuck() {
        String id = firstIsReady(3, 3, "{'maxSurge':1,'maxUnavailable':0}");
        report(id, 3, "running", "unhealthy", FAILURE);
        othersAreDone(id, 3);
        assertThat(after(id, RolloutSteps.UNWELL)).isEqualTo(Rollout.State.ROLLING_BACK);
        fleet.now.updateAndGet(now -> now.plus(RolloutSteps.STUCK));
        fleet.restartController();
        assertThat(after(id, RolloutSteps.STUCK.minusSeconds(1))).isEqualTo(Rollout.State.ROLLING_BACK);
        assertThat(after(id, Duration.ofSeconds(1))).isEqualTo(Rollout.State.FAILED);
    }

    @Test
    void without_a_rollback_it_has_failed_after_the_deadline_that_is_given() {
        String id = firstIsReady(2, 0, "{'autoRollback':false,'healthDeadlineSeconds':30}");
        report(id, 0, "running", "unhealthy", FAILURE);
        othersAreDone(id, 0);
        assertThat(after(id, Duration.ofSeconds(29))).isEqualTo(Rollout.State.ROLLING);
        assertThat(after(id, Duration.ofSeconds(1))).isEqualTo(Rollout.State.FAILED);
        assertThat(fleet.get(id).rollout().reason()).isEqualTo("replica 0: readiness probe fails: HTTP 503");
        assertThat(fleet.get(id).rollout().reasonCode()).isEqualTo(ReasonCode.READINESS_PROBE_FAILED);
        assertThat(after(id, Duration.ofHours(1))).isEqualTo(Rollout.State.FAILED);
        assertThat(fleet.get(id).instances()).extracting(Replica::generation).containsOnly(2);
    }

    @ParameterizedTest
    @CsvSource({"running, starting", "paused, none"})
    void what_is_not_the_fault_of_a_container_counts_not_and_what_comes_after_it_counts_anew(
            String state, String health) {
        String id = firstIsReady(2, 0, "{}");
        report(id, 0, state, health, null);
        othersAreDone(id, 0);
        assertThat(after(id, Duration.ofHours(2))).isEqualTo(Rollout.State.ROLLING);
        report(id, 0, "running", "unhealthy", FAILURE);
        assertThat(after(id, RolloutSteps.UNWELL.minusSeconds(1))).isEqualTo(Rollout.State.ROLLING);
        assertThat(after(id, Duration.ofSeconds(1))).isEqualTo(Rollout.State.ROLLING_BACK);
    }

    @Test
    void while_its_node_is_offline_no_time_passes() {
        String id = firstIsReady(2, 0, "{}");
        report(id, 0, "running", "unhealthy", FAILURE);
        othersAreDone(id, 0);
        fleet.node("n1", NodeStatus.OFFLINE);
        // a look that meets another write leaves it to the next one, and the silence counts from when it is written
        becomes(id, seen -> seen.instance(0).reasonCode() == ReasonCode.NODE_OFFLINE);
        assertThat(after(id, Duration.ofHours(2))).isEqualTo(Rollout.State.ROLLING);
        fleet.node("n1", NodeStatus.IDLE);
        becomes(id, seen -> seen.instance(0).replica().isUnwell());
        assertThat(fleet.get(id).rollout().state()).isEqualTo(Rollout.State.ROLLING);
        assertThat(after(id, RolloutSteps.UNWELL)).isEqualTo(Rollout.State.ROLLING_BACK);
    }

    @Test
    void a_paused_update_waits_for_its_user() {
        String id = firstIsReady(2, 0, "{}");
        report(id, 0, "running", "unhealthy", FAILURE);
        await(fleet.deployments.rollouts().pause(id, true));
        othersAreDone(id, 0);
        assertThat(after(id, Duration.ofHours(2))).isEqualTo(Rollout.State.ROLLING);
        await(fleet.deployments.rollouts().pause(id, false));
        assertThat(fleet.get(id).rollout().state()).isEqualTo(Rollout.State.ROLLING_BACK);
    }
}
