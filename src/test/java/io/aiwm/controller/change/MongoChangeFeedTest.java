package io.aiwm.controller.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.mongo.MongoStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MongoChangeFeedTest extends ChangeFeedContract {
    private MongoServer server;
    private String uri;

    @Override
    DocumentStore fresh() {
        server = new MongoServer(new MemoryBackend());
        uri = "mongodb://127.0.0.1:" + server.bind().getPort() + "/feed?serverSelectionTimeoutMS=300";
        return new MongoStore(vertx, uri);
    }

    @AfterEach
    void stopServer() {
        server.shutdownNow();
    }

    /** The test server counts in seconds where MongoDB counts every change. */
    @Override
    void pause() {
        long second = System.currentTimeMillis() / 1_000;
        await().pollInterval(Duration.ofMillis(20)).until(() -> System.currentTimeMillis() / 1_000 > second);
    }

    @Test
    void of_two_controllers_one_runs_a_consumer_and_the_other_goes_on_when_it_dies() {
        var first = new DyingStore(store, Integer.MAX_VALUE);
        DocumentStore second = new MongoStore(vertx, uri);
        second.open(COLLECTIONS).await();
        var onFirst = new ToldConsumer("mails");
        feed(first, false, ChangeFeed.RETENTION, onFirst);
        await().until(() -> onFirst.resyncs == 1);
        var onSecond = new ToldConsumer("mails");
        ChangeFeed survivor = feed(second, false, ChangeFeed.RETENTION, onSecond);

        List<DocumentStore> stores = List.of(store, second);
        for (int i = 0; i < 40; i++) {
            stores.get(i % 2).insert(NEWS, document("r" + i, 1)).await();
            assertThat(stores.get((i + 1) % 2)
                            .replaceIf(NEWS, document("r" + i, 2))
                            .await())
                    .isTrue();
        }
        await().untilAsserted(() -> assertThat(newest(onFirst))
                .hasSize(40)
                .allSatisfy((id, entry) -> assertThat(entry).endsWith("@2")));
        assertThat(onSecond.told).isEmpty();

        first.dead = true;
        store.replaceIf(NEWS, document("r0", 3)).await();
        second.delete(NEWS, "r1", 2).await();
        later.addAndGet(ConsumerLease.LEASE.toNanos());
        // it has to see the record stand still by its own clock first
        await().until(() -> {
            later.addAndGet(ConsumerLease.LEASE.toNanos());
            return newest(onSecond).size() >= 2;
        });
        await().untilAsserted(() ->
                assertThat(newest(onSecond)).containsEntry("r0", "r0@3").containsEntry("r1", "r1@3 deleted"));
        assertThat(onSecond.resyncs).isZero();
        assertInOrder(onFirst.changes);
        assertInOrder(onSecond.changes);
        survivor.close().await();
        second.close().await();
    }

    @Test
    void a_consumer_that_is_stopped_is_taken_over_at_once() {
        var onFirst = new ToldConsumer("mails");
        ChangeFeed first = feed(store, false, ChangeFeed.RETENTION, onFirst);
        await().until(() -> onFirst.resyncs == 1);
        first.close().await();
        var onSecond = new ToldConsumer("mails");
        ChangeFeed second = feed(store, false, ChangeFeed.RETENTION, onSecond);
        insert("a");
        await().atMost(Duration.ofSeconds(5)).until(() -> onSecond.told.contains("a@1"));
        second.close().await();
    }

    private static Map<String, String> newest(ToldConsumer consumer) {
        Map<String, String> newest = new HashMap<>();
        new ArrayList<>(consumer.told).forEach(entry -> newest.put(entry.substring(0, entry.indexOf('@')), entry));
        return newest;
    }
}
