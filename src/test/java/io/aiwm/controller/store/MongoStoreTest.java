package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.assertThat;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.protocol.Failure;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MongoStoreTest extends DocumentStoreContract {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private MongoServer server;
    private String uri;

    @Override
    DocumentStore fresh() {
        server = new MongoServer(new MemoryBackend());
        var address = server.bind();
        uri = "mongodb://127.0.0.1:" + address.getPort() + "/test" + DATABASES.incrementAndGet()
                + "?serverSelectionTimeoutMS=300";
        return new MongoStore(vertx, uri);
    }

    @AfterEach
    void stopServer() {
        server.shutdownNow();
    }

    @Test
    void waits_for_a_majority_and_its_journal_whatever_the_address_says() {
        assertThat(MongoStore.safe("mongodb://h")).matches("mongodb://h/\\?.*w=majority&journal=true.*");
        assertThat(MongoStore.safe("mongodb://h/db?w=0&tls=true"))
                .matches(".*\\?.*w=0&tls=true&w=majority&journal=true.*");
        assertThat(new com.mongodb.ConnectionString(MongoStore.safe("mongodb://h/db?w=0&journal=false"))
                        .getWriteConcern())
                .isEqualTo(com.mongodb.WriteConcern.MAJORITY.withJournal(true));
    }

    @Test
    void two_controllers_see_the_same_records() {
        DocumentStore other = new MongoStore(vertx, uri);
        other.open(List.of(COLLECTION)).await();
        store.insert(JOBS, job("a", "NEW", 1)).await();
        assertThat(other.replaceIf(JOBS, new Document("a", 2, "{}")).await()).isTrue();
        assertThat(store.replaceIf(JOBS, new Document("a", 2, "{}")).await()).isFalse();
        other.close().await();
    }

    @Test
    void a_lost_server_is_unavailable_not_an_error_of_ours() {
        store.insert(JOBS, job("a", "NEW", 1)).await();
        server.shutdownNow();
        assertThat(refusal(store.get(JOBS, "a")).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(refusal(store.insert(JOBS, job("b", "NEW", 1))).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
    }

    @Test
    void older_data_is_migrated_and_a_later_field_finds_it() {
        store.insertAll(JOBS, List.of(job("a", "NEW", 1), job("b", "DROP", 2))).await();
        store.replaceIf(JOBS, new Document("a", 2, "{\"status\":\"OLD\",\"zone\":\"z1\"}"))
                .await();
        Migration rename = new Migration(2, "status becomes state", JOBS, json -> {
            Object status = json.remove("status");
            return "DROP".equals(status) ? null : status == null ? json : json.put("state", status);
        });
        Collection newer = new Collection(JOBS, List.of(Field.text("state"), Field.text("zone")));
        for (int start = 0; start < 2; start++) {
            DocumentStore migrated = new MongoStore(vertx, uri, List.of(rename));
            migrated.open(List.of(newer)).await();
            Query query = Query.where(Condition.eq("state", "OLD"), Condition.eq("zone", "z1"));
            assertThat(migrated.find(JOBS, query).await().documents())
                    .extracting(Document::version)
                    .containsExactly(2L);
            assertThat(migrated.count(JOBS, List.of()).await()).isEqualTo(1);
            migrated.close().await();
        }
        DocumentStore older = new MongoStore(vertx, uri);
        Failure refused = refusal(older.open(List.of(COLLECTION)));
        assertThat(refused).hasMessageContaining("written by a newer AIWM (schema 2, this one knows 1)");
        older.close().await();
    }
}
