package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.boot.Config;
import io.aiwm.common.Amounts;
import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.scheduler.NodeClaims.NodeClaim;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.mongo.MongoStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Invariant I6 under chance: controllers that race, repeat and die take and give back claims on three nodes; after every
 * step the store holds exactly what was taken and not given back, and never more than a node has.
 */
@Timeout(120)
class SharedClaimsTest {
    private static final long SEED = 20261121L;
    private static final int STEPS = 400;
    private static final NodeClaims.Limits LIMITS = new NodeClaims.Limits(
            Amounts.of(4, 1_000, 1_000, List.of(new Amounts.Gpu(0, 80), new Amounts.Gpu(1, 80))), 5);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        done(vertx.close());
    }

    @Test
    void over_sqlite() {
        holds(new SqliteStore(vertx, folder.resolve("claims.db"), Config.Storage.Sync.NORMAL));
    }

    @Test
    void over_mongodb() {
        var server = new MongoServer(new MemoryBackend());
        try {
            int port = server.bind().getPort();
            holds(new MongoStore(vertx, "mongodb://127.0.0.1:" + port + "/claims"));
        } finally {
            server.shutdown();
        }
    }

    private record Take(String node, NodeClaim held, Future<NodeClaims> full) {}

    private void holds(DocumentStore store) {
        done(store.open(List.of(SharedClaims.COLLECTION)));
        var random = new Random(SEED);
        var controllers = new ArrayList<>(List.of(new SharedClaims(store), new SharedClaims(store)));
        Map<String, Map<String, NodeClaim>> taken = new HashMap<>();
        List.of("n0", "n1", "n2").forEach(node -> taken.put(node, new LinkedHashMap<>()));
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(20) == 0) { // one of them dies, and starts with nothing in memory
                controllers.set(random.nextInt(2), new SharedClaims(store));
            }
            var takes = new ArrayList<Take>();
            var gives = new ArrayList<Future<Void>>();
            for (int i = 0; i < 4; i++) {
                String node = "n" + random.nextInt(3);
                var mine = taken.get(node);
                if (random.nextBoolean() || mine.isEmpty()) {
                    NodeClaim held = held("ex" + step + ".0." + (i + 1), random);
                    int repeats = 1 + random.nextInt(3); // by the same, and by the other
                    for (int again = 0; again < repeats; again++) {
                        takes.add(
                                new Take(node, held, controllers.get(again % 2).take(node, List.of(held), LIMITS)));
                    }
                } else {
                    String id = List.copyOf(mine.keySet()).get(random.nextInt(mine.size()));
                    NodeClaim held = mine.remove(id);
                    gives.add(controllers.get(0).give(node, held));
                    gives.add(controllers.get(random.nextInt(2)).give(node, id, held.since()));
                }
            }
            gives.forEach(SharedClaimsTest::done);
            for (Take take : takes) {
                if (done(take.full) == null) {
                    taken.get(take.node).put(take.held.id(), take.held);
                }
            }
            check(store, taken, step);
        }
        done(store.close());
    }

    private static void check(DocumentStore store, Map<String, Map<String, NodeClaim>> taken, int step) {
        Map<String, NodeClaims> stored = new HashMap<>();
        done(new SharedClaims(store).each(node -> stored.put(node.id(), node)));
        taken.forEach((node, mine) -> {
            List<NodeClaim> there = stored.containsKey(node) ? stored.get(node).claims() : List.of();
            assertThat(there).as("step " + step + ", node " + node).containsExactlyInAnyOrderElementsOf(mine.values());
            assertThat(there.stream()
                            .mapToLong(held -> held.claim().amounts().get(Amounts.Kind.CPU))
                            .sum())
                    .isLessThanOrEqualTo(LIMITS.amounts().get(Amounts.Kind.CPU));
            assertThat(there.stream()
                            .mapToLong(held -> held.claim().amounts().memoryBytes())
                            .sum())
                    .isLessThanOrEqualTo(LIMITS.amounts().memoryBytes());
            assertThat(there.stream()
                            .mapToLong(held -> held.claim().amounts().diskBytes())
                            .sum())
                    .isLessThanOrEqualTo(LIMITS.amounts().diskBytes());
            assertThat(there.stream().mapToInt(NodeClaim::slots).sum()).isLessThanOrEqualTo(LIMITS.slots());
            for (int gpu = 0; gpu < 2; gpu++) {
                int index = gpu;
                assertThat(there.stream()
                                .flatMap(held -> held.claim().gpus().stream())
                                .filter(share -> share.index() == index)
                                .mapToLong(Amounts.Gpu::memoryBytes)
                                .sum())
                        .isLessThanOrEqualTo(80);
            }
        });
    }

    private static NodeClaim held(String id, Random random) {
        List<Amounts.Gpu> gpus = random.nextInt(3) == 0
                ? List.of(new Amounts.Gpu(random.nextInt(2), 1 + random.nextInt(80)))
                : List.of();
        return new NodeClaim(
                id,
                new Claim(Amounts.of(random.nextInt(30) / 10.0, random.nextInt(600), random.nextInt(600), gpus)),
                1,
                1L,
                "a");
    }

    private static <T> T done(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}
