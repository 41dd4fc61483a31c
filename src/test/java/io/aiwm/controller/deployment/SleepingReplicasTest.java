package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static io.aiwm.controller.deployment.Fleet.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas whose engine sleeps: when one does, what it holds, what wakes it, and what removes it. */
@Timeout(120)
class SleepingReplicasTest {
    private static final String SLEEPS = "{'name':'qwen','replicas':1,'autoscale':{'minReplicas':0,'maxReplicas':3},"
            + "'engine':{'type':'custom','port':80,'sleepMode':true},'spec':{'image':'vllm:1','cpu':2,'memoryBytes':50000000}}";

    @TempDir
    Path folder;

    private Fleet fleet;
    private final List<String> done = new ArrayList<>();
    private final Map<String, Double> cpus = new ConcurrentHashMap<>();

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        await(fleet.deployments.trackClaims(this::holds));
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private void holds(String claimId, String nodeId, Claim claim, boolean underWay) {
        cpus.put(claimId, nodeId == null ? -1 : claim.amounts().cpu());
    }

    private static CommandError well(String command) {
        return null;
    }

    private static Function<String, CommandError> fails(String name) {
        return command -> command.equals(name) ? Fleet.error("on purpose") : null;
    }

    /** Sweeps and works until it is so. */
    private Deployment becomes(String id, Predicate<Deployment> so, Function<String, CommandError> failing) {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            await(new DeploymentSweep(fleet.deployments).run());
                            open().forEach(one -> done.addAll(fleet.work(one.id(), failing)));
                            return fleet.get(id);
                        },
                        so);
    }

    private List<Execution> open() {
        return await(fleet.executions.find(Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                .items();
    }

    private Deployment running() {
        var made = await(fleet.deployments.create(DeploymentRulesTest.request(SLEEPS), "admin"));
        return becomes(made.id(), seen -> seen.ready() == 1, SleepingReplicasTest::well);
    }

    private Deployment scaled(String id, int replicas, Scaling.Code code) {
        return await(fleet.deployments
                .rollouts()
                .scaled(fleet.get(id), replicas, new Scaling(code, "a test", fleet.now.get())));
    }

    private Deployment asleep() {
        String id = running().id();
        scaled(id, 0, Scaling.Code.IDLE);
        return becomes(id, seen -> seen.status() == DeploymentState.ASLEEP, SleepingReplicasTest::well);
    }

    /** The ledger is told after the record can be read. */
    private void holdsCpu(Deployment one, double cores) {
        Awaitility.await().untilAsserted(() -> assertThat(cpus).containsEntry(one.id() + "/0", cores));
    }

    @Test
    void it_sleeps_in_its_container_holds_less_and_is_the_same_when_it_is_woken() {
        Deployment running = running();
        holdsCpu(running, 2);
        Deployment falling = scaled(running.id(), 0, Scaling.Code.IDLE);
        assertThat(falling.first().state()).isEqualTo(ReplicaState.SLEEPING);
        assertThat(falling.ready()).isZero();
        holdsCpu(falling, 2);

        Deployment asleep = becomes(running.id(), seen -> !seen.status().isTransitional(), SleepingReplicasTest::well);
        assertThat(asleep.status()).isEqualTo(DeploymentState.ASLEEP);
        assertThat(asleep.statusReason()).isEqualTo("it has no replicas; 1 of its engines sleep");
        assertThat(asleep.first().state()).isEqualTo(ReplicaState.ASLEEP);
        assertThat(asleep.container().commandId()).isEqualTo(running.container().commandId());
        holdsCpu(asleep, 0);

        Deployment waking = scaled(running.id(), 1, Scaling.Code.WOKEN);
        assertThat(waking.first().state()).isEqualTo(ReplicaState.WAKING);
        holdsCpu(waking, 0);
        var step =
                fleet.execution(waking.first().lastExecutionId()).steps().get(0).spec();
        assertThat(step.nodeId()).isEqualTo("n1");
        assertThat(step.claimId()).isEqualTo(running.id() + "/0");
        assertThat(step.requires().cpu()).isEqualTo(2);

        Deployment awake = becomes(running.id(), seen -> seen.ready() == 1, SleepingReplicasTest::well);
        assertThat(awake.container().commandId()).isEqualTo(running.container().commandId());
        holdsCpu(awake, 2);
        assertThat(done)
                .containsExactly(
                        CommandNames.DEPLOYMENT_CREATE + " on n1",
                        CommandNames.PROXY_CONFIGURE + " on n1",
                        CommandNames.DEPLOYMENT_SLEEP + " on n1",
                        CommandNames.DEPLOYMENT_WAKE + " on n1");
    }

    @Test
    void a_call_while_it_falls_asleep_wakes_it_and_makes_no_other() {
        String id = running().id();
        scaled(id, 0, Scaling.Code.IDLE);
        Deployment called = scaled(id, 1, Scaling.Code.WOKEN);
        assertThat(called.first().state()).isEqualTo(ReplicaState.SLEEPING);
        Deployment awake = becomes(id, seen -> seen.ready() == 1, SleepingReplicasTest::well);
        assertThat(awake.instances()).hasSize(1);
        assertThat(done).contains(CommandNames.DEPLOYMENT_SLEEP + " on n1", CommandNames.DEPLOYMENT_WAKE + " on n1");
    }

    @Test
    void one_that_waits_to_be_woken_and_is_not_wanted_any_more_sleeps_on() {
        String id = asleep().id();
        scaled(id, 1, Scaling.Code.WOKEN);
        scaled(id, 0, Scaling.Code.IDLE);
        Deployment asleep = becomes(id, seen -> !seen.status().isTransitional(), SleepingReplicasTest::well);
        assertThat(asleep.first().state()).isEqualTo(ReplicaState.ASLEEP);
        holdsCpu(asleep, 0);
    }

    @Test
    void one_that_cannot_be_put_to_sleep_goes_as_it_did_before() {
        String id = running().id();
        scaled(id, 0, Scaling.Code.MADE_ROOM);
        Deployment gone = becomes(id, seen -> seen.instances().isEmpty(), fails(CommandNames.DEPLOYMENT_SLEEP));
        assertThat(gone.status()).isEqualTo(DeploymentState.STOPPED);
        assertThat(done).contains(CommandNames.DEPLOYMENT_DELETE + " on n1");
    }

    @Test
    void one_that_cannot_be_woken_is_made_anew() {
        Deployment asleep = asleep();
        scaled(asleep.id(), 1, Scaling.Code.WOKEN);
        Deployment anew = becomes(asleep.id(), seen -> seen.ready() == 1, fails(CommandNames.DEPLOYMENT_WAKE));
        assertThat(anew.container().commandId()).isNotEqualTo(asleep.container().commandId());
        assertThat(done).contains(CommandNames.DEPLOYMENT_DELETE + " on n1");
    }

    @Test
    void what_sleeps_is_removed_when_its_memory_is_wanted_or_it_is_not_what_is_asked_for_any_more() {
        String evicted = asleep().id();
        scaled(evicted, 0, Scaling.Code.EVICTED);
        becomes(evicted, seen -> seen.instances().isEmpty(), SleepingReplicasTest::well);

        String updated = asleep().id();
        var next =
                DeploymentRulesTest.request(SLEEPS.replace("vllm:1", "vllm:2").replace("'replicas':1,", ""));
        await(fleet.deployments.update(updated, next, null, "admin"));
        Deployment after = becomes(updated, seen -> seen.instances().isEmpty(), SleepingReplicasTest::well);
        assertThat(after.rollout().state()).isEqualTo(Rollout.State.DONE);

        String deleted = asleep().id();
        await(fleet.deployments.delete(deleted, "admin"));
        Awaitility.await().until(() -> {
            await(new DeploymentSweep(fleet.deployments).run());
            open().forEach(one -> fleet.work(one.id()));
            return await(fleet.deployments.find(Query.all())).items().stream()
                    .noneMatch(one -> one.id().equals(deleted));
        });
    }

    @Test
    void what_sleeps_can_be_stopped() {
        String id = asleep().id();
        await(fleet.deployments.stop(id, "admin"));
        Deployment stopped = becomes(id, seen -> seen.status() == DeploymentState.STOPPED, SleepingReplicasTest::well);
        assertThat(stopped.instances()).isEmpty();
        holdsCpu(stopped, -1);
    }

    @Test
    void where_it_has_no_room_it_is_started_elsewhere() {
        Deployment asleep = asleep();
        scaled(asleep.id(), 1, Scaling.Code.WOKEN);
        fleet.now.set(fleet.now.get().plusSeconds(31));
        fleet.node("n0", NodeStatus.IDLE);
        scaled(asleep.id(), 1, Scaling.Code.ELSEWHERE);
        Deployment anew = becomes(asleep.id(), seen -> seen.ready() == 1, SleepingReplicasTest::well);
        assertThat(anew.container().commandId()).isNotEqualTo(asleep.container().commandId());
    }

    @Test
    void how_well_it_is_says_nothing_and_its_end_says_that_it_does_not_sleep_any_more() {
        Deployment asleep = asleep();
        String command = asleep.container().commandId();
        await(fleet.deployments.reported("n1", report(asleep.id(), command, "running", "unhealthy", null)));
        assertThat(fleet.get(asleep.id()).status()).isEqualTo(DeploymentState.ASLEEP);
        await(fleet.deployments.reported("n1", report(asleep.id(), command, "exited", null, 137)));
        becomes(asleep.id(), seen -> seen.instances().isEmpty(), SleepingReplicasTest::well);
    }

    @Test
    void it_goes_with_its_node() {
        Deployment asleep = asleep();
        fleet.nodes.remove("n1");
        fleet.node("n2", NodeStatus.IDLE);
        becomes(asleep.id(), seen -> seen.instances().isEmpty(), SleepingReplicasTest::well);
    }

    @Test
    void a_controller_that_dies_when_it_is_awake_again_and_nobody_has_noted_it_knows_what_it_holds() {
        Deployment asleep = asleep();
        Deployment waking = scaled(asleep.id(), 1, Scaling.Code.WOKEN);
        fleet.execution(waking.first().lastExecutionId());
        fleet.executions = fleet.executionsOn(fleet.store); // nobody listens to these
        fleet.work(waking.first().lastExecutionId());
        assertThat(fleet.get(asleep.id()).first().state()).isEqualTo(ReplicaState.WAKING);
        cpus.clear();
        await(fleet.deploymentsOfAnother().trackClaims(this::holds));
        holdsCpu(asleep, 2);
    }

    @Test
    void of_gpus_it_keeps_what_stays_in_them_where_it_shares_them() {
        var whole = new Claim(Amounts.of(4, 100, 7, List.of(new Amounts.Gpu(1, 50L << 30))));
        var rest = SleepingReplicas.restOf(
                instance("'requirements':{'gpus':{'count':1,'memoryBytes':53687091200}},"), whole);
        assertThat(rest.amounts()).isEqualTo(Amounts.of(0, 100, 7, List.of(new Amounts.Gpu(1, 2L << 30))));
        var own = SleepingReplicas.restOf(instance("'requirements':{'gpus':{'count':1}},"), whole);
        assertThat(own.amounts()).isEqualTo(Amounts.of(0, 100, 7, List.of()));
    }

    private Instance instance(String more) {
        var made = await(fleet.deployments.create(
                DeploymentRulesTest.request(SLEEPS.replace("{'name'", "{" + more + "'name'")), "admin"));
        return made.instance(0);
    }
}
