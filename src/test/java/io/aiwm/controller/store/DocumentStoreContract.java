package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.fail;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** What every document store promises, whatever lies behind it. */
@Timeout(60)
public abstract class DocumentStoreContract implements StoredRecordPromises, QueryPromises, ChangePromises {
    public static final String JOBS = "jobs";
    public static final Collection COLLECTION = new Collection(
            JOBS,
            List.of(
                    Field.text("status"),
                    Field.number("priority"),
                    Field.text("node.name"),
                    Field.unique("key"),
                    Field.time("createdAt"),
                    Field.texts("tags")),
            List.of(List.of("status", "priority")));
    static final String NEWS = "news";
    static final String OTHERS = "others";
    /** The same as jobs, and it tells its changes. */
    public static final Collection TOLD = new Collection(NEWS, COLLECTION.fields(), COLLECTION.indexes()).telling();

    public static Vertx vertx;
    public DocumentStore store;

    /** A store on empty data, not yet open. */
    public abstract DocumentStore fresh();

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
        store.open(List.of(COLLECTION, new Collection(OTHERS, List.of()), TOLD)).await();
    }

    @AfterEach
    void closeStore() {
        store.close().await();
    }

    public static Document job(String id, String status, Number priority) {
        return new Document(
                id,
                1,
                new JsonObject()
                        .put("id", id)
                        .put("status", status)
                        .put("priority", priority)
                        .encode());
    }

    public static Failure refusal(Future<?> future) {
        try {
            Object answer = future.await();
            return fail("was not refused but answered " + answer);
        } catch (Failure refused) {
            return refused;
        }
    }

    @Override
    public DocumentStore store() {
        return store;
    }
}
