package io.aiwm.controller.deployment;

import static io.aiwm.controller.deployment.Fleet.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.DeploymentStatusBuilder;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What users, workers and time do to a deployment of several replicas in any order, while the controller dies between its
 * writes and others take over. There are never more containers than replicas and surge; a good update leaves enough of them
 * ready; and when it is quiet, all is as it was asked for.
 */
class ReplicaChanceTest {
    private static final int STEPS = 60;

    @TempDir
    Path folder;

    private Fleet fleet;
    private Random chance;
    private String id;
    private int most;

    @BeforeEach
    void start() {
        fleet = new Fleet(folder);
        List.of("n1", "n2", "n3").forEach(node -> fleet.node(node, NodeStatus.IDLE));
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    private static DeploymentRequest web(int version, int replicas, int surge) {
        return DeploymentRulesTest.request("{'name':'web','replicas':" + replicas + ",'spec':{'image':'web:" + version
                + "'},'update':{'maxSurge':" + surge + "}}");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void whatever_happens_it_becomes_what_was_asked_for_last(long seed) {
        chance = new Random(seed);
        int surge = (int) (seed % 3);
        int replicas = 3;
        most = replicas + surge;
        id = await(fleet.deployments.create(web(1, replicas, surge), "test")).id();
        for (int i = 0; i < STEPS; i++) {
            String what = "seed " + seed + " step " + i + ": " + anything(surge);
            assertThat(occupied()).as(what).isLessThanOrEqualTo(most);
        }
        var quiet = quiet();
        assertThat(quiet.ready()).as("seed " + seed + " " + quiet.instances()).isEqualTo(quiet.replicas());
        assertThat(quiet.instances()).extracting(Replica::generation).containsOnly(quiet.generation());
        await(fleet.deployments.delete(id, "test"));
        for (int i = 0; i < 20 && exists(); i++) {
            sweepAndWork(null);
        }
        assertThat(exists()).as("seed " + seed + " is deleted").isFalse();
        assertThat(open()).as("seed " + seed + " left at work").isEmpty();
    }

    private String anything(int surge) {
        int roll = chance.nextInt(10);
        return switch (roll) {
            case 0 -> tried("update", fleet.deployments.update(id, web(1 + chance.nextInt(3), 3, surge), null, "test"));
            case 1 -> tried("restart", fleet.deployments.restart(id, chance.nextBoolean(), "test"));
            case 2 -> tried("undo", fleet.deployments.rollouts().undo(id, null, "test"));
            case 3 -> killed(surge);
            case 4 -> dies();
            case 5 -> {
                fleet.now.updateAndGet(now -> now.plus(Duration.ofMinutes(chance.nextInt(10))));
                yield "time passes";
            }
            case 6 -> worked("a container fails", new CommandError(ErrorCategory.INTERNAL, "it fails", false));
            default -> worked("work", null);
        };
    }

    /** The controller dies after some writes of an action or a sweep, and another takes over. */
    private String killed(int surge) {
        var store = new DyingStore(fleet.store, chance.nextInt(4));
        fleet.restartController(store);
        Future<?> asked = switch (chance.nextInt(4)) {
            case 0 -> fleet.deployments.update(id, web(1 + chance.nextInt(3), 3, surge), null, "test");
            case 1 -> fleet.deployments.restart(id, false, "test");
            case 2 -> fleet.deployments.rollouts().undo(id, null, "test");
            default -> new DeploymentSweep(fleet.deployments).run();
        };
        Awaitility.await().pollInterval(Duration.ofMillis(2)).until(() -> store.dead || asked.isComplete());
        store.dead = true;
        fleet.restartController();
        return "the controller dies";
    }

    private String tried(String what, Future<?> action) {
        try {
            await(action);
            return what;
        } catch (RuntimeException | AssertionError refused) {
            return what + " is refused";
        }
    }

    private String worked(String what, CommandError error) {
        return tried(what, Future.future(done -> {
            sweepAndWork(error);
            done.complete();
        }));
    }

    /** A container ends with an error. */
    private String dies() {
        return tried("a container dies", fleet.deployments.get(id).compose(seen -> {
            var up = seen.all().stream()
                    .filter(one -> one.status() == ReplicaState.RUNNING)
                    .toList();
            if (up.isEmpty()) {
                return Future.succeededFuture();
            }
            var one = up.get(chance.nextInt(up.size()));
            var container = one.container();
            return fleet.deployments.reported(
                    container.nodeId(),
                    DeploymentStatusBuilder.builder()
                            .deploymentId(id)
                            .replica(one.index())
                            .containerId(container.containerId())
                            .commandId(container.commandId())
                            .state("exited")
                            .exitCode(3)
                            .restarts(0)
                            .build());
        }));
    }

    private void sweepAndWork(CommandError error) {
        await(new DeploymentSweep(fleet.deployments).run());
        for (Execution execution : open()) {
            await(fleet.executions.look(execution.id()));
            for (Step step : await(fleet.executions.get(execution.id())).steps()) {
                if (step.status().isOpenAttempt()) {
                    fleet.finish(await(fleet.executions.get(execution.id())), step, error);
                }
            }
        }
    }

    private List<Execution> open() {
        return await(fleet.executions.find(Query.where(Query.Condition.eq("status", ExecutionState.RUNNING.name()))))
                .items();
    }

    /** As many as there are containers, at most: one that is not yet made counts. */
    private int occupied() {
        return exists() ? fleet.get(id).instances().size() : 0;
    }

    private boolean exists() {
        return await(fleet.deployments
                .get(id)
                .map(true)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause)));
    }

    /** Time passes and all work is done until nothing moves any more. */
    private Deployment quiet() {
        for (int i = 0; i < 60; i++) {
            fleet.now.updateAndGet(now -> now.plus(DesiredReplicas.LONGEST_PAUSE));
            sweepAndWork(null);
            var seen = fleet.get(id);
            boolean loops = seen.instances().stream()
                    .anyMatch(one ->
                            one.reasonCode() == ReasonCode.CRASH_LOOP || one.reasonCode() == ReasonCode.START_REFUSED);
            if (loops) {
                tried("start", fleet.deployments.restart(id, false, "test"));
                tried("start", fleet.deployments.start(id, "test"));
            }
            if (open().isEmpty()
                    && seen.ready() == seen.replicas()
                    && seen.instances().size() == seen.replicas()
                    && seen.instances().stream().allMatch(one -> one.restart() == null)
                    && !seen.isRolling()) {
                return seen;
            }
        }
        return fleet.get(id);
    }
}
