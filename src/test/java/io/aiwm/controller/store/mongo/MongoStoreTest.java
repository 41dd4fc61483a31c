package io.aiwm.controller.store.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoWriteException;
import com.mongodb.ServerAddress;
import com.mongodb.WriteError;
import com.mongodb.bulk.BulkWriteError;
import com.mongodb.bulk.BulkWriteResult;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.DocumentStoreContract;
import io.aiwm.controller.store.Migration;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MongoStoreTest extends DocumentStoreContract {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private MongoServer server;
    private String uri;

    @Override
    public DocumentStore fresh() {
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
        assertThat(MongoAddress.safe("mongodb://h")).matches("mongodb://h/\\?.*w=majority&journal=true.*");
        assertThat(MongoAddress.safe("mongodb://h/db?w=0&tls=true"))
                .matches(".*\\?.*w=0&tls=true&w=majority&journal=true.*");
        assertThat(new com.mongodb.ConnectionString(MongoAddress.safe("mongodb://h/db?w=0&journal=false"))
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
    void a_server_that_says_nothing_is_unavailable_within_two_seconds_and_usable_when_it_speaks_again() {
        var silent = new AtomicBoolean();
        var pipes = new ArrayList<NetSocket>();
        NetClient client = vertx.createNetClient();
        NetServer between = vertx.createNetServer()
                .connectHandler(caller -> {
                    caller.pause();
                    client.connect(server.getLocalAddress().getPort(), "127.0.0.1")
                            .onSuccess(callee -> {
                                pipes.addAll(List.of(caller, callee));
                                callee.handler(caller::write).closeHandler(end -> caller.close());
                                caller.handler(callee::write).closeHandler(end -> callee.close());
                                if (!silent.get()) {
                                    caller.resume();
                                }
                            });
                })
                .listen(0, "127.0.0.1")
                .await();
        DocumentStore there = new MongoStore(vertx, "mongodb://127.0.0.1:" + between.actualPort() + "/stalls");
        there.open(List.of(COLLECTION)).await();
        there.insert(JOBS, job("a", "NEW", 1)).await();

        silent.set(true);
        pipes.forEach(NetSocket::pause);
        for (Supplier<Future<?>> call : List.<Supplier<Future<?>>>of(
                () -> there.get(JOBS, "a"), () -> there.insert(JOBS, job("b", "NEW", 1)), there::ping)) {
            long began = System.nanoTime();
            assertThat(refusal(call.get()).kind).isEqualTo(Failure.Kind.UNAVAILABLE);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
        }
        silent.set(false);
        pipes.forEach(NetSocket::resume);
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> there.get(JOBS, "a").await() != null);
        there.close().await();
        between.close().await();
    }

    @Test
    void a_call_that_is_slow_is_waited_for_as_long_as_the_server_answers_anything() {
        var pings = new AtomicInteger();
        var patience = new MongoPatience(
                vertx,
                () -> {
                    pings.incrementAndGet();
                    return Future.succeededFuture();
                },
                Duration.ofMillis(10),
                Duration.ofMillis(100));
        Promise<String> slow = Promise.promise();
        Future<String> answer = patience.with(slow.future());
        await().until(() -> pings.get() > 3);
        assertThat(answer.isComplete()).isFalse();
        slow.complete("done");
        assertThat(answer.await()).isEqualTo("done");
    }

    @Test
    void a_full_disk_of_the_server_and_a_server_that_cannot_now_are_unavailable() {
        var at = new ServerAddress();
        for (int code : new int[] {14031, 91, 10107}) {
            var refused = new BsonDocument("ok", new BsonInt32(0)).append("code", new BsonInt32(code));
            assertThat(MongoFailures.of(new MongoCommandException(refused, at)).kind)
                    .isEqualTo(Failure.Kind.UNAVAILABLE);
            var write = new WriteError(code, "no", new BsonDocument());
            assertThat(MongoFailures.of(new MongoWriteException(write, at, List.of())).kind)
                    .isEqualTo(Failure.Kind.UNAVAILABLE);
            var bulk = new BulkWriteError(code, "no", new BsonDocument(), 0);
            var counts = BulkWriteResult.acknowledged(0, 0, 0, 0, List.of(), List.of());
            assertThat(MongoFailures.of(
                                    new MongoBulkWriteException(counts, List.of(bulk), null, at, java.util.Set.of()))
                            .kind)
                    .isEqualTo(Failure.Kind.UNAVAILABLE);
        }
        var full = new BsonDocument("ok", new BsonInt32(0)).append("code", new BsonInt32(14031));
        assertThat(MongoFailures.of(new MongoCommandException(full, at)))
                .hasMessageContaining("disk of MongoDB is full");
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
