package io.aiwm.controller.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.ChangeRetention;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Feeds over a store, and the changes that they tell. */
@Timeout(60)
abstract class ChangeFeedRig {
    static final String NEWS = ToldConsumer.NEWS;
    static final List<Collection> COLLECTIONS =
            List.of(ChangeFeed.COLLECTION, new Collection(NEWS, List.of(Field.text("status"))).telling());
    static Vertx vertx;

    DocumentStore store;
    final AtomicLong later = new AtomicLong();
    final AtomicInteger controllers = new AtomicInteger();
    final List<ChangeFeed> open = new ArrayList<>();

    abstract DocumentStore fresh();

    @BeforeAll
    static void startVertx() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stopVertx() {
        vertx.close().await();
    }

    @BeforeEach
    void openStore() {
        store = fresh();
        store.open(COLLECTIONS).await();
    }

    @AfterEach
    void closeStore() {
        open.forEach(feed -> feed.close().await());
        store.close().await();
    }

    ChangeFeed feed(DocumentStore on, boolean alone, ChangeRetention retention, ToldConsumer... consumers) {
        var feed = new ChangeFeed(
                vertx,
                on,
                "ctl-" + controllers.incrementAndGet(),
                alone,
                retention,
                () -> System.nanoTime() + later.get());
        for (ToldConsumer consumer : consumers) {
            feed.add(consumer);
        }
        feed.start();
        return feed;
    }

    /** Closed at the end of the test. */
    ChangeFeed feed(ToldConsumer... consumers) {
        ChangeFeed feed = feed(store, true, ChangeFeed.RETENTION, consumers);
        open.add(feed);
        // what changes before a consumer has begun is for its first look at the records
        await().until(() -> List.of(consumers).stream().allMatch(one -> one.resyncs > 0 || isPlaced(one)));
        return feed;
    }

    boolean isPlaced(ToldConsumer consumer) {
        Document stored =
                store.get(ChangeFeed.COLLECTION.name(), consumer.name()).await();
        return stored != null && new JsonObject(stored.json()).getString("position") != null;
    }

    void insert(String id) {
        store.insert(NEWS, document(id, 1)).await();
    }

    void replace(String id, long version) {
        assertThat(store.replaceIf(NEWS, document(id, version)).await()).isTrue();
    }

    static Document document(String id, long version) {
        return new Document(id, version, "{\"status\":\"S" + version + "\"}");
    }
}
