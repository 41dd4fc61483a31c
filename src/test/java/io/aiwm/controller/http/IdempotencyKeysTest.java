package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A key is worth what it does when things go wrong between its two writes. */
@Timeout(60)
class IdempotencyKeysTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private SqliteStore store;
    private IdempotencyKeys keys;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("test.db"), Config.Storage.Sync.NORMAL);
        TestServer.await(store.open(List.of(IdempotencyKeys.COLLECTION)));
        keys = new IdempotencyKeys(store, () -> now);
    }

    @AfterEach
    void close() {
        TestServer.await(store.close());
        TestServer.await(vertx.close());
    }

    /** The id that was made or found, or why not. */
    private String once(String newId, Function<String, Future<String>> find, Function<String, Future<String>> make) {
        return TestServer.await(
                keys.once(new IdempotencyKeys.Owner("ann", "things"), "k", Buffer.buffer("{}"), newId, find, make)
                        .otherwise(Throwable::getMessage));
    }

    private static Future<String> missing(String id) {
        return Future.failedFuture(Failure.notFound("thing", id));
    }

    private static Future<String> dying(String id) {
        return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "died"));
    }

    @Test
    void a_record_whose_maker_died_before_making_it_is_made_by_the_next_under_the_first_id() {
        assertThat(once("a", IdempotencyKeysTest::missing, IdempotencyKeysTest::dying))
                .isEqualTo("died");
        assertThat(once("b", IdempotencyKeysTest::missing, Future::succeededFuture))
                .isEqualTo("a");
    }

    @Test
    void a_later_user_of_the_name_of_a_deleted_one_has_used_no_key() {
        assertThat(once("a", IdempotencyKeysTest::missing, Future::succeededFuture))
                .isEqualTo("a");
        TestServer.await(keys.userDeleted("bob"));
        assertThat(once("b", Future::succeededFuture, IdempotencyKeysTest::dying))
                .isEqualTo("a");
        TestServer.await(keys.userDeleted("ann"));
        assertThat(once("c", Future::succeededFuture, Future::succeededFuture)).isEqualTo("c");
    }

    @Test
    void a_record_whose_maker_died_after_making_it_is_found() {
        once("a", IdempotencyKeysTest::missing, IdempotencyKeysTest::dying);
        assertThat(once("b", Future::succeededFuture, id -> Future.failedFuture(new AssertionError(id))))
                .isEqualTo("a");
    }

    @Test
    void of_two_who_make_it_at_once_both_have_the_same() {
        once("a", IdempotencyKeysTest::missing, IdempotencyKeysTest::dying);
        var asked = new java.util.concurrent.atomic.AtomicInteger();
        assertThat(once(
                        "b",
                        id -> asked.getAndIncrement() == 0 ? missing(id) : Future.succeededFuture(id),
                        id -> Future.failedFuture(Failure.conflict(id + " exists"))))
                .isEqualTo("a");
    }

    @Test
    void a_key_is_forgotten_after_a_day_and_not_before() {
        once("a", IdempotencyKeysTest::missing, Future::succeededFuture);
        now = now.plus(Duration.ofHours(23));
        TestServer.await(keys.run());
        assertThat(once("b", Future::succeededFuture, Future::succeededFuture)).isEqualTo("a");
        now = now.plus(Duration.ofHours(2));
        TestServer.await(keys.run());
        assertThat(once("b", Future::succeededFuture, Future::succeededFuture)).isEqualTo("b");
    }
}
