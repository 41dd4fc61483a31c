package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.RequiresBuilder;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeBuilder;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.MemoryStore;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.testing.EveryOrder;
import io.aiwm.testing.SeededOrder;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One node with one place, a job that holds it and a job that is submitted as the first one ends: its insertion, the pass
 * that gives it the place and what they ask of the store, in every order in which they can come.
 */
@Timeout(120)
class EveryOrderTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);
    private static final Config.Executions LIMITS = TestSettings.executions()
            .maxSteps(100)
            .maxOpen(100)
            .defaultTimeout(Duration.ofMinutes(5))
            .retryBackoffMax(Duration.ofSeconds(4))
            .build();

    /** A controller of which only the order of its callbacks is not said. */
    private static final class Rig {
        final MemoryStore store = new MemoryStore();
        final SeededOrder order;
        final Scheduler scheduler;
        final Executions executions;
        final SchedulingCycle passes;
        private boolean awake;
        /** Until the test begins the order is the one in which things were asked for. */
        IntUnaryOperator pick = of -> 0;

        Rig(boolean alone) {
            order = new SeededOrder(of -> pick.applyAsInt(of), () -> {});
            store.open(List.of(Executions.COLLECTION, SharedClaims.COLLECTION));
            DocumentStore mine = new MortalStore(store, new SharedRecords(), order, what -> {}).open();
            scheduler = new Scheduler(Bench.settings(Config.Scheduler.Packing.BINPACK), CLOCK, alone);
            executions = new Executions(mine, scheduler, CLOCK, LIMITS, alone);
            ClaimCoordinator shared = alone
                    ? null
                    : new ClaimCoordinator(
                            new SharedClaims(mine),
                            scheduler,
                            executions,
                            (id, node) -> Future.succeededFuture(false),
                            CLOCK);
            passes = new SchedulingCycle(executions, scheduler, shared);
            executions.onWritten((before, after) -> {
                if (scheduler.written(before, after)) {
                    wake();
                }
            });
            scheduler.onFreed(this::wake);
            NodesByHand.show(scheduler, node());
            submit("first");
            order.drain();
        }

        private void wake() {
            if (!scheduler.isIdle() && !awake) {
                awake = true;
                order.later(() -> {
                    awake = false;
                    passes.run(500)
                            .given()
                            .forEach(given -> given.onSuccess(first -> {
                                if (!first) {
                                    wake();
                                }
                            }));
                });
            }
        }

        void submit(String id) {
            var needs = RequiresBuilder.builder().cpu(1.0).memoryBytes(1L).build();
            var step = StepSpecBuilder.builder()
                    .index(0)
                    .name(id)
                    .command("system.healthCheck")
                    .dependsOn(List.of())
                    .requires(needs)
                    .maxRetries(0)
                    .build();
            executions
                    .create(
                            NewExecutionBuilder.builder()
                                    .id(id)
                                    .name(id)
                                    .start(true)
                                    .steps(List.of(step))
                                    .build(),
                            "test")
                    .otherwiseEmpty();
        }

        void ends(String id) {
            executions
                    .finished(
                            new CommandId(id, 0, 1),
                            "n1",
                            new CommandResult(null, id + ".0.1", CommandResult.Outcome.success, null, null, NOW, NOW),
                            "m")
                    .otherwiseEmpty();
        }

        Step step(String id) {
            return store.all(Executions.COLLECTION.name()).stream()
                    .map(one -> Json.decode(one.json(), Execution.class))
                    .filter(one -> one.id().equals(id))
                    .findFirst()
                    .orElseThrow()
                    .steps()
                    .get(0);
        }

        List<String> open() {
            return store.all(Executions.COLLECTION.name()).stream()
                    .map(one -> Json.decode(one.json(), Execution.class))
                    .filter(one -> one.steps().get(0).status().isOpenAttempt())
                    .map(Execution::id)
                    .toList();
        }

        List<String> claimed() {
            return store.all(SharedClaims.COLLECTION.name()).stream()
                    .flatMap(one -> Json.decode(one.json(), NodeClaims.class).claims().stream())
                    .map(NodeClaims.NodeClaim::id)
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_is_submitted_while_a_place_becomes_free_gets_it_whatever_comes_first(boolean alone) {
        int orders = EveryOrder.of(pick -> {
            var rig = new Rig(alone);
            assertThat(rig.step("first").status()).isEqualTo(StepState.ASSIGNED);
            rig.pick = pick;
            rig.submit("second");
            rig.ends("first");
            rig.order.drain();
            assertThat(rig.step("second").status()).isEqualTo(StepState.ASSIGNED);
            assertThat(rig.scheduler.amounts("n1").claims())
                    .extracting(NodeAmounts.Claimed::id)
                    .containsExactly("second.0.1");
            if (!alone) {
                assertThat(rig.claimed()).containsExactly("second.0.1");
            }
        });
        assertThat(orders).isGreaterThan(alone ? 10 : 50);
    }

    /** What was stored under this id before is asked for again by a caller who did not hear that. */
    @Test
    void an_id_that_is_taken_promises_nothing_whatever_comes_first() {
        int orders = EveryOrder.of(pick -> {
            var rig = new Rig(true);
            rig.pick = pick;
            rig.submit("second");
            rig.submit("second");
            rig.ends("first");
            rig.order.drain();
            assertThat(rig.step("second").status()).isEqualTo(StepState.ASSIGNED);
            rig.ends("second");
            rig.order.drain();
            assertThat(rig.scheduler.amounts("n1").claims()).isEmpty();
        });
        assertThat(orders).isGreaterThan(20);
    }

    /** An execution is deleted and asked for again while a call that found its id taken has not heard of that. */
    @Test
    void what_one_call_gives_back_another_of_the_same_id_is_not_written_with() {
        var rig = new Rig(true);
        rig.ends("first");
        rig.order.drain();
        rig.submit("first");
        rig.executions.delete("first").otherwiseEmpty();
        rig.pick = of -> of - 1;
        rig.order.some(2); // it is found, and its deletion waits for the insertion
        rig.pick = of -> 0;
        rig.submit("first");
        rig.order.until(() -> rig.scheduler.amounts("n1").claims().isEmpty());
        rig.submit("other");
        rig.order.drain();
        assertThat(rig.open()).containsExactly("other");
    }

    @Test
    void a_promise_that_is_made_again_is_not_given_back_with_the_one_before() {
        var limits = new NodeClaims.Limits(Amounts.of(1, 10, 10), 1);
        var before = new NodeClaims.NodeClaim("x.0.1", new Claim(1, 1, List.of()), 1, 5, "a", 1, null);
        var again = new NodeClaims.NodeClaim("x.0.1", new Claim(1, 1, List.of()), 1, 5, "a", 2, null);
        EveryOrder.of(pick -> {
            var store = new MemoryStore();
            store.open(List.of(SharedClaims.COLLECTION));
            var order = new SeededOrder(pick, () -> {});
            var claims = new SharedClaims(new MortalStore(store, new SharedRecords(), order, what -> {}).open());
            claims.take("n1", List.of(before), limits)
                    .compose(
                            taken -> Future.join(claims.give("n1", before), claims.take("n1", List.of(again), limits)));
            order.drain();
            assertThat(store.all(SharedClaims.COLLECTION.name()))
                    .allSatisfy(one -> assertThat(
                                    Json.decode(one.json(), NodeClaims.class).claims())
                            .containsExactly(again));
        });
    }

    private static Node node() {
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", 1, 1, null, null),
                new SystemInfo.Memory(10L, 0L, 10L, 0L),
                List.of(),
                List.of(),
                List.of(),
                null);
        return NodeBuilder.builder()
                .id("n1")
                .version(1)
                .name("n1")
                .role("cpu")
                .zone("a")
                .labels(Map.of())
                .capabilities(List.of())
                .runtimes(List.of())
                .maxParallel(1)
                .status(NodeStatus.IDLE)
                .schedulable(true)
                .system(system)
                .build();
    }
}
