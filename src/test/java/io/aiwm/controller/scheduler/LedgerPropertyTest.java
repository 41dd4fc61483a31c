package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.boot.Config;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.MongoStore;
import io.aiwm.controller.store.SqliteStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Invariant I6 under chance, over everything between a call and the store: work comes, ends, fails, is cancelled, evicted,
 * retried and told twice, deployments come and go, nodes fall silent and return, and a controller dies between two writes.
 * After every step what is free is what the nodes have less what stored work holds; among several controllers, each node's
 * record has at least that. A failure names its seed and the last steps; {@code -Daiwm.seed=N -Daiwm.steps=N} tries others.
 */
@Timeout(300)
class LedgerPropertyTest {
    private static final int STEPS = Integer.getInteger("aiwm.steps", 150);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void one_controller_over_sqlite(long seed) throws Exception {
        run(vertx -> new SqliteStore(vertx, folder.resolve("ledger.db"), Config.Storage.Sync.NORMAL), 1, seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void two_controllers_over_mongodb(long seed) throws Exception {
        var server = new MongoServer(new MemoryBackend());
        try {
            int port = server.bind().getPort();
            run(vertx -> new MongoStore(vertx, "mongodb://127.0.0.1:" + port + "/ledger"), 2, seed);
        } finally {
            server.shutdownNow();
        }
    }

    private void run(Function<Vertx, DocumentStore> store, int controllers, long given) throws Exception {
        long seed = Long.getLong("aiwm.seed", given);
        var story = new ArrayDeque<String>();
        try (var rig = new LedgerRig(store, controllers)) {
            var chance = new LedgerChance(rig, seed, story);
            for (int step = 0; step < STEPS; step++) {
                chance.step(step);
                try {
                    // what follows from an answer of the store may come a moment later than it
                    Awaitility.await()
                            .atMost(Duration.ofSeconds(3))
                            .pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(20))
                            .untilAsserted(() -> check(rig));
                } catch (ConditionTimeoutException broken) {
                    rig.deployments().forEach(one -> story.add(one.toString()));
                    throw broken;
                }
            }
            chance.calm();
            for (String node : LedgerRig.NODES) {
                for (LedgerRig.Controller controller : rig.controllers) {
                    NodeAmounts amounts = controller.scheduler.amounts(node);
                    assertThat(amounts.claims()).as(node).isEmpty();
                    assertThat(amounts.slotsUsed()).as(node).isZero();
                    assertThat(amounts.cpuClaimed()).as(node).isZero();
                    assertThat(amounts.memoryClaimedBytes()).as(node).isZero();
                }
            }
            assertThat(rig.claims().values())
                    .allSatisfy(claims -> assertThat(claims).isEmpty());
        } catch (AssertionError | Exception broken) {
            String told = "seed " + seed + " after " + String.join("\n  ", story);
            throw new AssertionError(told + "\n" + broken.getMessage(), broken);
        }
    }

    private static void check(LedgerRig rig) throws InterruptedException {
        var stored = new StoredClaims(rig);
        for (String node : LedgerRig.NODES) {
            StoredClaims.Sum sum = stored.on(node);
            String what = node + " holds " + sum;
            assertThat(sum.cpuMilli).as(what).isLessThanOrEqualTo(usable(LedgerRig.CORES * 1_000L));
            assertThat(sum.memoryBytes).as(what).isLessThanOrEqualTo(usable(LedgerRig.MEMORY));
            assertThat(sum.diskBytes).as(what).isLessThanOrEqualTo(LedgerRig.DISK);
            assertThat(sum.slots).as(what).isLessThanOrEqualTo(LedgerRig.SLOTS);
            assertThat(sum.gpus.values())
                    .as(what)
                    .allSatisfy(used -> assertThat(used).isLessThanOrEqualTo(LedgerRig.GPU_MEMORY));
            if (rig.alone) {
                same(rig.controllers.get(0), node, sum, what);
            } else {
                shared(rig, node, sum, what);
            }
        }
    }

    /** The ledger has what the store has, nothing else. */
    private static void same(LedgerRig.Controller controller, String node, StoredClaims.Sum sum, String what) {
        NodeAmounts amounts = controller.scheduler.amounts(node);
        String both = what + ", the ledger " + amounts;
        assertThat(amounts.slotsUsed()).as(both).isEqualTo(sum.slots);
        assertThat(amounts.cpuClaimed()).as(both).isCloseTo(sum.cpuMilli / 1_000.0, within(1e-9));
        assertThat(amounts.cpuFree())
                .as(both)
                .isCloseTo((usable(LedgerRig.CORES * 1_000L) - sum.cpuMilli) / 1_000.0, within(1e-9));
        assertThat(amounts.memoryFreeBytes()).as(both).isEqualTo(usable(LedgerRig.MEMORY) - sum.memoryBytes);
        assertThat(amounts.disk().freeBytes()).as(both).isEqualTo(LedgerRig.DISK - sum.diskBytes);
        for (NodeAmounts.Gpu gpu : amounts.gpus()) {
            assertThat(gpu.freeBytes())
                    .as(both)
                    .isEqualTo(LedgerRig.GPU_MEMORY - sum.gpus.getOrDefault(gpu.index(), 0L));
        }
    }

    /** The node's record of claims has at least what the store has: nobody can be promised it again. */
    private static void shared(LedgerRig rig, String node, StoredClaims.Sum sum, String what) {
        var held = rig.claims().getOrDefault(node, List.of());
        String both = what + ", its record " + held;
        assertThat(held.stream().map(NodeClaims.Held::id)).as(both).containsAll(sum.ids);
        assertThat(held.stream().mapToLong(one -> Candidate.milli(one.claim())).sum())
                .as(both)
                .isGreaterThanOrEqualTo(sum.cpuMilli);
        assertThat(held.stream().mapToLong(one -> one.claim().memoryBytes()).sum())
                .as(both)
                .isGreaterThanOrEqualTo(sum.memoryBytes);
    }

    private static long usable(long capacity) {
        return capacity - Math.round(capacity * LedgerRig.RESERVED);
    }

    static final Duration ORPHAN = Duration.ofSeconds(70);
}
