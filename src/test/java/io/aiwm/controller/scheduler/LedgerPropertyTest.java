package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.HostPort;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Invariant I6 under chance, over everything between a call and the store: work comes, ends, fails, is cancelled, evicted,
 * retried and told twice, deployments come and go, nodes fall silent and return, and a controller dies between two writes.
 * After every step what is free is what the nodes have less what stored work holds; among several controllers, each node's
 * record has at least that. With every write no node has been promised more than it has.
 *
 * <p>Each seed is one run of one of the six settings, so that many seeds are many runs, and all cores run some. A failure
 * names its seeds and the last steps of one. {@code -Daiwm.seeds=1000} runs more, {@code -Daiwm.steps=N} makes each longer,
 * and {@code -Daiwm.seed=N -Daiwm.trace=true} runs one seed alone, in its setting, and prints what the store was asked.
 */
@Timeout(1_800)
class LedgerPropertyTest {
    private static final int SETTINGS = 6;
    private static final int SHORT = 40;
    private static final int STEPS = Integer.getInteger("aiwm.steps", SHORT);
    private static final int SEEDS = Integer.getInteger("aiwm.seeds", 200);
    /** As long as runs were when the seeds that have a name were found. */
    private static final int LONG = 150;
    /** Of so many seeds one looks, too, whether any record was changed. */
    private static final int UNCHANGED = 25;

    private static final Consumer<Supplier<String>> TRACE =
            Boolean.getBoolean("aiwm.trace") ? what -> System.out.println(what.get()) : what -> {};
    static final Duration ORPHAN = Duration.ofSeconds(70);

    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.aiwm");
    private static Level level;

    /** Nodes fall silent some hundred times a second here. */
    @BeforeAll
    static void errorsAlone() {
        level = LOG.getLevel();
        LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void asBefore() {
        LOG.setLevel(level);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void the_ledger_has_what_the_store_has(int controllers) {
        all(controllers, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void while_everything_is_under_way_no_node_is_promised_more_than_it_has(int controllers) {
        all(controllers, true);
    }

    /** It did: one controller wrote an attempt by the claim that another had taken for it and given back. */
    @Test
    void seed_11_of_two_controllers_promises_no_node_twice() {
        new Run(2, true, 11, LONG).all();
    }

    /** It had: an execution was asked for again while it was placed, and what that gave back had been promised anew. */
    @Test
    void seed_12_of_two_controllers_leaves_no_attempt_without_a_claim() {
        new Run(2, false, 12, LONG).all();
    }

    /** It did: the promise stood in the memory of a controller that lost the race for the write, and had nothing else to do. */
    @Test
    void seed_94_of_two_controllers_keeps_nothing_promised_while_nothing_waits() {
        new Run(2, true, 94, SHORT).all();
    }

    /** It had less: what an update makes was to publish on all addresses what is published on one, or the other way round. */
    @Test
    void seed_751_of_two_controllers_holds_a_port_on_all_the_addresses_it_is_on() {
        new Run(2, false, 751, SHORT).all();
    }

    /** It did: who had not heard that an attempt was stored claimed it anew half a minute later, with another GPU. */
    @Test
    void seed_847_of_two_controllers_leaves_a_stored_attempt_its_claim() {
        new Run(2, true, 847, SHORT).all();
    }

    private static void all(int controllers, boolean busy) {
        long setting = controllers - 1L + (busy ? 3 : 0);
        Long one = Long.getLong("aiwm.seed");
        LongStream seeds = one == null ? LongStream.rangeClosed(1, SEEDS) : LongStream.of(one);
        List<AssertionError> broken = seeds.filter(seed -> seed % SETTINGS == setting)
                .parallel()
                .mapToObj(seed -> new Run(controllers, busy, seed, STEPS).failure())
                .filter(Objects::nonNull)
                .toList();
        if (!broken.isEmpty()) {
            List<String> names = broken.stream()
                    .map(each -> each.getMessage().split("\n", 2)[0])
                    .toList();
            throw new AssertionError(
                    names + ", and the first of them: " + broken.get(0).getMessage(), broken.get(0));
        }
    }

    /** One seed. It needs no other thread than its caller's. */
    record Run(int controllers, boolean busy, long seed, int steps) {
        /** Null: all went well. */
        AssertionError failure() {
            try {
                all();
                return null;
            } catch (AssertionError broken) {
                return broken;
            }
        }

        /** @return how many callbacks ran */
        long all() {
            var story = new ArrayDeque<String>();
            try (var rig = new LedgerRig(controllers, seed, TRACE)) {
                var chance = new LedgerChance(rig, seed, busy, story);
                for (int step = 0; step < steps; step++) {
                    boolean quiet = chance.step(step);
                    assertThat(rig.history.violations()).isEmpty();
                    if (quiet) {
                        check(rig);
                    }
                }
                chance.calm();
                check(rig);
                nothingIsLeft(rig);
                if (seed % UNCHANGED == 0) {
                    rig.records.areUnchanged();
                }
                return rig.callbacks();
            } catch (AssertionError | RuntimeException broken) {
                String told = this + " fails after\n  " + String.join("\n  ", story);
                throw new AssertionError(told + "\n" + broken.getMessage(), broken);
            }
        }
    }

    private static void nothingIsLeft(LedgerRig rig) {
        for (String node : LedgerRig.NODES) {
            for (LedgerController controller : rig.controllers) {
                NodeAmounts amounts = controller.scheduler.amounts(node);
                assertThat(amounts.claims()).as(node).isEmpty();
                assertThat(amounts.slots().taken()).as(node).isZero();
                assertThat(amounts.sums().claimed().cpu()).as(node).isZero();
                assertThat(amounts.sums().claimed().memoryBytes()).as(node).isZero();
            }
        }
        assertThat(rig.claims().values())
                .allSatisfy(claims -> assertThat(claims).isEmpty());
    }

    private static void check(LedgerRig rig) {
        var stored = new StoredClaims(rig);
        for (String node : LedgerRig.NODES) {
            StoredClaims.Sum sum = stored.on(node);
            Supplier<String> what = () -> node + " holds " + sum;
            assertThat(sum.cpuMilli).as(what).isLessThanOrEqualTo(LedgerRig.usable(LedgerRig.CORES * 1_000L));
            assertThat(sum.memoryBytes).as(what).isLessThanOrEqualTo(LedgerRig.usable(LedgerRig.MEMORY));
            assertThat(sum.diskBytes).as(what).isLessThanOrEqualTo(LedgerRig.DISK);
            assertThat(sum.slots).as(what).isLessThanOrEqualTo(LedgerRig.SLOTS);
            assertThat(sum.gpus.values())
                    .as(what)
                    .allSatisfy(used -> assertThat(used).isLessThanOrEqualTo(LedgerRig.GPU_MEMORY));
            for (HostPort port : sum.ports) {
                assertThat(sum.ports.stream().filter(port::collides)).as(what).hasSize(1);
            }
            if (rig.alone) {
                same(rig.controllers.get(0), node, sum, what);
            } else {
                shared(rig, node, sum, what);
            }
        }
    }

    /** The ledger has what the store has, nothing else. */
    private static void same(LedgerController controller, String node, StoredClaims.Sum sum, Supplier<String> what) {
        NodeAmounts amounts = controller.scheduler.amounts(node);
        Supplier<String> both = () -> what.get() + ", the ledger " + amounts;
        assertThat(amounts.slots().taken()).as(both).isEqualTo(sum.slots);
        assertThat(amounts.sums().claimed().cpu()).as(both).isCloseTo(sum.cpuMilli / 1_000.0, within(1e-9));
        assertThat(amounts.sums().free().cpu())
                .as(both)
                .isCloseTo((LedgerRig.usable(LedgerRig.CORES * 1_000L) - sum.cpuMilli) / 1_000.0, within(1e-9));
        assertThat(amounts.sums().free().memoryBytes())
                .as(both)
                .isEqualTo(LedgerRig.usable(LedgerRig.MEMORY) - sum.memoryBytes);
        assertThat(amounts.sums().free().diskBytes()).as(both).isEqualTo(LedgerRig.DISK - sum.diskBytes);
        assertThat(amounts.claims().stream().flatMap(held -> held.claim().hostPorts().stream()))
                .as(both)
                .containsExactlyInAnyOrderElementsOf(sum.ports);
        for (NodeAmounts.Gpu gpu : amounts.gpus()) {
            assertThat(gpu.freeBytes())
                    .as(both)
                    .isEqualTo(LedgerRig.GPU_MEMORY - sum.gpus.getOrDefault(gpu.index(), 0L));
        }
    }

    /** The node's record of claims has at least what the store has: nobody can be promised it again. */
    private static void shared(LedgerRig rig, String node, StoredClaims.Sum sum, Supplier<String> what) {
        var held = rig.claims().getOrDefault(node, List.of());
        Supplier<String> both = () -> what.get() + ", its record " + held;
        assertThat(held.stream().map(NodeClaims.NodeClaim::id)).as(both).containsAll(sum.ids);
        assertThat(held.stream()
                        .mapToLong(one -> one.claim().amounts().get(Amounts.Kind.CPU))
                        .sum())
                .as(both)
                .isGreaterThanOrEqualTo(sum.cpuMilli);
        assertThat(held.stream().flatMap(one -> one.claim().hostPorts().stream()))
                .as(both)
                .containsAll(sum.ports);
        assertThat(held.stream()
                        .mapToLong(one -> one.claim().amounts().memoryBytes())
                        .sum())
                .as(both)
                .isGreaterThanOrEqualTo(sum.memoryBytes);
    }
}
