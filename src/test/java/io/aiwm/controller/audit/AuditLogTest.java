package io.aiwm.controller.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.AuditChain;
import io.aiwm.common.Failure;
import io.aiwm.common.JsonText;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditLogTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-27T10:00:00Z");
    private SqliteStore store;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("audit.db"), Sync.NORMAL);
        store.open(List.of(AuditLog.COLLECTION)).await();
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private AuditLog log(boolean alone) {
        return new AuditLog(vertx, store, Duration.ofDays(30), () -> now, alone);
    }

    private static JsonObject change(String actor, String operation, int n) {
        return new JsonObject().put("actor", actor).put("operation", operation).put("path", "/api/nodes/n" + n);
    }

    private static List<JsonObject> all(AuditLog log) {
        var found = new ArrayList<JsonObject>();
        long at = 0;
        while (true) {
            List<JsonObject> next = log.after(at).await();
            if (next.isEmpty()) {
                return found;
            }
            found.addAll(next);
            at = next.get(next.size() - 1).getLong(AuditChain.SEQ);
        }
    }

    private static List<String> faults(List<JsonObject> entries) {
        var chain = new AuditChain();
        entries.forEach(chain::take);
        return chain.faults();
    }

    @Test
    void entries_of_several_controllers_make_one_chain() {
        List<AuditLog> logs = List.of(log(false), log(false), log(false));
        Future.all(IntStream.range(0, 600)
                        .mapToObj(i -> logs.get(i % 3).asked(change("ann", "cordon", i)))
                        .toList())
                .await();
        List<JsonObject> entries = all(logs.get(0));
        assertThat(entries).hasSize(600);
        assertThat(faults(entries)).isEmpty();
        assertThat(entries.stream().map(entry -> entry.getString("path")).distinct())
                .hasSize(600);
    }

    @Test
    void an_entry_that_comes_after_a_pause_is_written() {
        AuditLog log = log(true);
        for (int i = 0; i < 3; i++) {
            log.ended(change("ann", "createJob", i)).await();
            vertx.timer(60).await(); // longer than a block waits for more
        }
        assertThat(all(log)).hasSize(3);
    }

    @Test
    void work_stands_in_the_same_chain_whatever_its_texts_have() {
        AuditLog log = log(true);
        for (String text : List.of("plain", "\"quoted\\\"", "line\n\u0001", "\u00e4\u4e2d\ud83d\ude00", "")) {
            log.worked(new JsonText()
                            .put("actor", text)
                            .put("operation", "createJob")
                            .put("status", 201)
                            .put("resource", text + "/" + text))
                    .await();
            log.ended(change("ann", "cordon", 1)).await();
        }
        List<JsonObject> entries = all(log);
        assertThat(entries).hasSize(10);
        assertThat(faults(entries)).isEmpty();
        assertThat(entries.get(2).getString("actor")).isEqualTo("\"quoted\\\"");
        assertThat(entries.get(6).getString("resource")).isEqualTo("\u00e4\u4e2d\ud83d\ude00/\u00e4\u4e2d\ud83d\ude00");
        assertThat(entries)
                .allSatisfy(entry -> assertThat(entry.getString("at")).isEqualTo(now.toString()));
    }

    @Test
    void an_entry_that_waits_for_more_is_written_when_the_controller_stops() {
        AuditLog log = log(true);
        log.ended(change("ann", "cordon", 1)).await();
        log.ended(change("ann", "cordon", 2));
        log.close().await();
        store.close().await();
        open();
        assertThat(all(log(true))).hasSize(2);
    }

    /** The change has been made, and nobody can be told that it is not written. */
    @Test
    void how_a_change_ended_is_written_however_long_the_store_is_away() {
        var away = new AtomicBoolean(true);
        var log = new AuditLog(vertx, sometimes(away), Duration.ofDays(30), () -> now, false, 1);
        Future<Void> ended = log.ended(change("ann", "cordon", 1));
        Future<Void> asked = log.asked(change("ann", "drain", 2));
        assertThatThrownBy(asked::await).hasMessageContaining("away");
        away.set(false);
        ended.await();
        assertThat(all(log)).extracting(entry -> entry.getString("operation")).containsExactly("cordon");
    }

    /** The store, which refuses to insert while it is away. */
    private DocumentStore sometimes(AtomicBoolean away) {
        return (DocumentStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DocumentStore.class},
                (proxy, method, arguments) -> away.get() && method.getName().equals("insert")
                        ? Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, "the store is away"))
                        : method.invoke(store, arguments));
    }

    @Test
    void who_tampers_is_found() {
        AuditLog log = log(true);
        for (int i = 0; i < 10; i++) {
            log.ended(change("ann", "cordon", i)).await();
        }
        assertThat(faults(all(log))).isEmpty();
        assertThat(faults(tampered(log, entries -> entries.get(4).put("actor", "bob"))))
                .containsExactly("entry 5 was changed: its hash is not that of its text");
        assertThat(faults(tampered(log, entries -> {
                    JsonObject forged = entries.get(4).put("actor", "bob");
                    forged.remove(AuditChain.HASH);
                    long seq = ((Number) forged.remove(AuditChain.SEQ)).longValue();
                    String prev = (String) forged.remove(AuditChain.PREV);
                    entries.set(
                            4,
                            new JsonObject(
                                    AuditChain.link(seq, prev, forged.encode()).text()));
                })))
                .containsExactly("entry 6 does not follow the one before it");
        assertThat(faults(tampered(log, entries -> entries.remove(4))))
                .containsExactly("after entry 4 comes 6: entries are missing, or were added");
        assertThat(faults(tampered(log, entries -> entries.add(4, entries.get(4)))))
                .isNotEmpty();
        assertThat(faults(tampered(log, entries -> entries.add(3, entries.remove(6)))))
                .isNotEmpty();
        assertThat(faults(tampered(log, entries -> entries.remove(0))))
                .containsExactly(
                        "the first entry is 2, and no entry says that those before it were dropped for their age");
    }

    private static List<JsonObject> tampered(AuditLog log, Consumer<List<JsonObject>> how) {
        var copy = new ArrayList<>(all(log));
        how.accept(copy);
        return copy;
    }

    @Test
    void what_is_dropped_for_its_age_is_said_and_the_rest_still_proves_itself() {
        AuditLog log = log(true);
        for (int i = 0; i < 5; i++) {
            log.ended(change("ann", "cordon", i)).await();
        }
        now = now.plus(Duration.ofDays(20));
        log.ended(change("ann", "cordon", 5)).await();
        now = now.plus(Duration.ofDays(15));
        log.run().await();
        List<JsonObject> entries = all(log);
        assertThat(entries).extracting(entry -> entry.getLong(AuditChain.SEQ)).containsExactly(6L, 7L);
        assertThat(entries.get(1).getString("operation")).isEqualTo("trimAudit");
        assertThat(faults(entries)).isEmpty();
        log.run().await();
        assertThat(all(log)).hasSize(2);
        assertThat(faults(entries.subList(1, 2))).isNotEmpty();
    }

    @Test
    void a_log_that_is_opened_again_goes_on_with_the_chain() {
        log(true).ended(change("ann", "cordon", 1)).await();
        log(true).ended(change("ann", "cordon", 2)).await();
        List<JsonObject> entries = all(log(true));
        assertThat(entries).hasSize(2);
        assertThat(faults(entries)).isEmpty();
    }

    @Test
    void entries_are_found_by_what_they_say() {
        AuditLog log = log(true);
        for (int i = 0; i < 100; i++) {
            log.ended(change(i % 2 == 0 ? "ann" : "bob", i % 10 == 0 ? "drain" : "cordon", i))
                    .await();
        }
        var filter = new AuditFilter(List.of("ann"), List.of("drain"), null, null, null, null, null);
        AuditLog.Page page = log.before(Long.MAX_VALUE, filter, 6, 500).await();
        assertThat(page.entries())
                .extracting(entry -> entry.getString("path"))
                .containsExactly(
                        "/api/nodes/n90",
                        "/api/nodes/n80",
                        "/api/nodes/n70",
                        "/api/nodes/n60",
                        "/api/nodes/n50",
                        "/api/nodes/n40");
        AuditLog.Page rest = log.before(page.next(), filter, 6, 500).await();
        assertThat(rest.entries()).hasSize(4);
        assertThat(rest.end()).isTrue();
        var one = new AuditFilter(List.of(), List.of(), "nodes/n77", null, null, now, now.plusSeconds(1));
        assertThat(log.before(Long.MAX_VALUE, one, 6, 500).await().entries()).hasSize(1);
        var none = new AuditFilter(List.of(), List.of(), null, null, null, now.plusSeconds(1), null);
        assertThat(log.before(Long.MAX_VALUE, none, 6, 500).await().entries()).isEmpty();
    }

    /** The entry is first in the store's queue, so it is in the same transaction as the change, or in an earlier one. */
    @Test
    void a_change_that_is_made_after_asking_is_never_in_the_store_without_its_entry() {
        AuditLog log = log(true);
        log.ended(change("ann", "first", 0)).await();
        Future<Void> asked = log.asked(change("ann", "cordon", 1));
        assertThat(asked.succeeded()).isTrue();
        store.insert(
                        "auditBlocks",
                        new io.aiwm.controller.store.DocumentStore.Document(
                                "change",
                                1,
                                "{\"first\":-1,\"last\":-1,\"createdAt\":\"2026-11-27T10:00:00Z\",\"entries\":[{\"seq\":-1}]}"))
                .await();
        assertThat(all(log)).extracting(entry -> entry.getString("operation")).contains("cordon");
    }
}
