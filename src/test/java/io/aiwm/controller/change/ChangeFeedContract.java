package io.aiwm.controller.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.ChangeRetention;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the feed promises its consumers, on every store. */
abstract class ChangeFeedContract extends ChangeFeedRig {
    private static final ChangeRetention NOTHING = new ChangeRetention(Duration.ZERO, Duration.ZERO, 0);

    @Test
    void a_consumer_of_batches_is_told_the_notes_of_every_version() {
        List<String> told = new CopyOnWriteArrayList<>();
        var consumer = new BatchConsumer() {
            private volatile boolean begun;

            @Override
            public Future<?> changed(List<Change> changes) {
                changes.forEach(change ->
                        change.notes().forEach(note -> told.add(change.id() + "@" + change.version() + " " + note)));
                return Future.succeededFuture();
            }

            @Override
            public String name() {
                return "notes";
            }

            @Override
            public Set<String> collections() {
                return Set.of(NEWS);
            }

            @Override
            public Future<?> resync() {
                begun = true;
                return Future.succeededFuture();
            }
        };
        var feed = new ChangeFeed(vertx, store, "ctl-notes", true).add(consumer);
        feed.start();
        open.add(feed);
        await().until(() -> consumer.begun);
        store.insert(NEWS, document("a", 1).noting(List.of("made", "with \"quotes\"")))
                .await();
        for (int version = 2; version <= 20; version++) {
            store.replaceIf(NEWS, document("a", version).noting(version == 7 ? List.of() : List.of("is " + version)))
                    .await();
        }
        store.delete(NEWS, "a", -1).await();
        List<String> all = new ArrayList<>(List.of("a@1 made", "a@1 with \"quotes\""));
        IntStream.rangeClosed(2, 20)
                .filter(version -> version != 7)
                .forEach(version -> all.add("a@" + version + " is " + version));
        await().untilAsserted(() -> assertThat(told).containsExactlyElementsOf(all));
        assertThat(store.get(NEWS, "a").await()).isNull();
    }

    @Test
    void a_consumer_is_told_each_record_in_the_order_of_its_versions_and_of_deletions() {
        var consumer = new ToldConsumer("mails");
        feed(consumer);
        await().until(() -> consumer.resyncs == 1);
        insert("a");
        await().untilAsserted(() -> assertThat(consumer.told).containsExactly("a@1"));
        replace("a", 2);
        replace("a", 3);
        insert("b");
        await().untilAsserted(() -> assertThat(consumer.told).contains("a@3", "b@1"));
        store.delete(NEWS, "a", -1).await();
        store.deleteWhere(NEWS, Query.all()).await();
        await().untilAsserted(() -> assertThat(consumer.told).contains("a@4 deleted", "b@2 deleted"));
        assertInOrder(consumer.changes);
    }

    @Test
    void a_consumer_that_was_away_is_told_what_it_missed_the_newest_of_each_record() {
        var before = new ToldConsumer("mails");
        ChangeFeed first = feed(store, true, ChangeFeed.RETENTION, before);
        await().until(() -> before.resyncs == 1 && isPlaced(before));
        insert("seen");
        await().until(() -> before.told.contains("seen@1"));
        first.close().await();

        int records = 700;
        List<Document> many =
                IntStream.range(0, records).mapToObj(i -> document("r" + i, 1)).toList();
        store.insertAll(NEWS, many).await();
        for (int i = 0; i < 20; i++) {
            replace("r" + i, 2);
            replace("r" + i, 3);
        }
        store.delete(NEWS, "r7", 3).await();
        store.delete(NEWS, "seen", 1).await();

        var after = new ToldConsumer("mails");
        feed(after);
        Map<String, String> newest = new HashMap<>();
        await().untilAsserted(() -> {
            after.told.forEach(entry -> newest.put(entry.substring(0, entry.indexOf('@')), entry));
            assertThat(newest).hasSize(records + 1);
            assertThat(newest).containsEntry("r7", "r7@4 deleted").containsEntry("seen", "seen@2 deleted");
        });
        assertThat(newest).containsEntry("r19", "r19@3").containsEntry("r20", "r20@1");
        assertThat(after.resyncs).isZero();
        assertInOrder(after.changes);
    }

    @Test
    void a_consumer_that_was_away_for_too_long_is_told_so_and_then_what_is_new() {
        var before = new ToldConsumer("mails");
        ChangeFeed first = feed(store, true, ChangeFeed.RETENTION, before);
        await().until(() -> before.resyncs == 1 && isPlaced(before));
        first.close().await();
        for (int i = 0; i < 5; i++) {
            insert("r" + i);
            pause();
            store.delete(NEWS, "r" + i, 1).await();
        }
        ChangeFeed strict = new ChangeFeed(vertx, store, "ctl-x", true, NOTHING, System::nanoTime);
        strict.add(new ToldConsumer("mails")).trim().await();

        var after = new ToldConsumer("mails");
        open.add(feed(store, true, ChangeFeed.RETENTION, after));
        await().until(() -> after.resyncs == 1);
        insert("new");
        await().untilAsserted(() -> assertThat(after.told).contains("new@1"));
    }

    /** So that a store whose time has seconds sees a later one. */
    void pause() {}

    @Test
    void changes_are_kept_for_a_consumer_that_has_not_been_told_them_and_dropped_when_all_have() {
        var consumer = new ToldConsumer("mails");
        ChangeFeed first = feed(store, true, ChangeFeed.RETENTION, consumer);
        await().until(() -> consumer.resyncs == 1 && isPlaced(consumer));
        first.close().await();
        insert("a");
        store.delete(NEWS, "a", 1).await();
        var patient = new ChangeRetention(Duration.ZERO, Duration.ofDays(7), 1 << 20);
        new ChangeFeed(vertx, store, "ctl-x", true, patient, System::nanoTime)
                .add(new ToldConsumer("mails"))
                .trim()
                .await();
        var after = new ToldConsumer("mails");
        feed(after);
        await().untilAsserted(() -> assertThat(after.told).contains("a@2 deleted"));
        assertThat(after.resyncs).isZero();
    }

    @Test
    void a_consumer_that_fails_is_told_again_is_named_and_keeps_no_other_waiting() {
        var poisoned = new ToldConsumer("poisoned");
        var tries = new AtomicInteger();
        poisoned.work = change -> change.id().equals("bad") && tries.incrementAndGet() < 3
                ? Future.failedFuture(Failure.conflict("cannot"))
                : Future.succeededFuture();
        var well = new ToldConsumer("well");
        ChangeFeed feed = feed(poisoned, well);
        insert("good");
        await().until(() -> poisoned.told.contains("good@1"));
        insert("bad");
        await().until(() -> tries.get() == 1);
        insert("next");
        await().untilAsserted(() -> assertThat(well.told).contains("good@1", "bad@1", "next@1"));
        assertThat(failureOf(feed.check()))
                .hasMessageContaining("poisoned at news/bad@1")
                .hasMessageContaining("cannot");
        await().untilAsserted(() -> assertThat(poisoned.told).containsExactly("good@1", "bad@1", "next@1"));
        assertThat(feed.check().await().getInteger("consumers")).isEqualTo(2);
    }

    private static Failure failureOf(Future<?> future) {
        try {
            future.await();
            throw new AssertionError("did not fail");
        } catch (Failure failure) {
            return failure;
        }
    }

    /** The process is killed before its first write and between every two, those of the feed itself included. */
    @Test
    void whichever_write_the_process_dies_at_every_durable_change_is_told() {
        int steps = 6;
        for (int writes = 2; writes <= 2 + steps * 3; writes++) {
            String a = "a" + writes;
            String b = "b" + writes;
            List<Function<DocumentStore, Future<?>>> story = List.of(
                    on -> on.insert(NEWS, document(a, 1)),
                    on -> on.replaceIf(NEWS, document(a, 2)),
                    on -> on.insert(NEWS, document(b, 1)),
                    on -> on.delete(NEWS, b, 1),
                    on -> on.replaceIf(NEWS, document(a, 3)),
                    on -> on.deleteWhere(NEWS, Query.where(Query.Condition.eq("id", a))));
            List<String> ids = List.of(a, a, b, b, a, a);
            List<Long> versions = List.of(1L, 2L, 1L, 2L, 3L, 4L);
            String name = "mails" + writes;
            var before = new ToldConsumer(name);
            var dying = new DyingStore(store, writes);
            // what it does is a write too, at which the process may die
            before.work = change -> dying.delete(NEWS, "effect of " + change.id(), -1);
            feed(dying, true, ChangeFeed.RETENTION, before);
            // two writes: the consumer's record and its first position
            await().pollInterval(Duration.ofMillis(2)).until(() -> isPlaced(before) || dying.dead);
            Map<String, Long> acknowledged = new HashMap<>();
            for (int i = 0; i < story.size(); i++) {
                Future<?> done = story.get(i).apply(dying);
                await().pollInterval(Duration.ofMillis(1)).until(() -> dying.dead || done.isComplete());
                if (done.isComplete()) {
                    acknowledged.put(ids.get(i), versions.get(i));
                }
            }
            // the feed dies at a write of its own, or has told everything
            await().until(() -> dying.dead || isTold(acknowledged, before));
            dying.dead = true;
            String what = name + " killed after " + writes + " writes";
            boolean placed = isPlaced(before);
            var after = new ToldConsumer(name);
            ChangeFeed next = feed(store, true, ChangeFeed.RETENTION, after);
            await(what).until(() -> placed || after.resyncs > 0);
            if (placed) {
                await(what).until(() -> isTold(acknowledged, before, after));
            }
            assertInOrder(before.changes);
            assertInOrder(after.changes);
            next.close().await();
            store.deleteWhere(NEWS, Query.all()).await();
        }
    }

    /** Whether of each of these records this version or a later one was told. */
    private static boolean isTold(Map<String, Long> durable, ToldConsumer... consumers) {
        return durable.entrySet().stream()
                .allMatch(one -> List.of(consumers).stream()
                        .flatMap(consumer -> consumer.changes.stream())
                        .anyMatch(change -> change.id().equals(one.getKey()) && change.version() >= one.getValue()));
    }

    static void assertInOrder(List<Change> told) {
        Map<String, Change> last = new HashMap<>();
        for (Change change : told) {
            Change before = last.put(change.id(), change);
            assertThat(before == null || before.deleted() || before.version() <= change.version())
                    .as(change.entryId() + " after " + before)
                    .isTrue();
        }
    }
}
