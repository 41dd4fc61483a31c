package io.aiwm.controller.store;

import static io.aiwm.controller.store.DocumentStoreContract.JOBS;
import static io.aiwm.controller.store.DocumentStoreContract.NEWS;
import static io.aiwm.controller.store.DocumentStoreContract.job;
import static io.aiwm.controller.store.DocumentStoreContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.Query.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What every document store promises those who read its changes. */
public interface ChangePromises extends StoreUnderTest {
    /** Everything there is to read, each change once, however often it is given. */
    private static List<String> read(ChangeReader reader) {
        List<String> entries = new ArrayList<>();
        ChangeReader.Batch batch = reader.next(2).await();
        while (batch.more() || !batch.changes().isEmpty()) {
            for (Change change : batch.changes()) {
                entries.add(change.entryId() + (change.deleted() ? " deleted" : ""));
            }
            batch = reader.next(2).await();
        }
        assertThat(batch.lost()).isFalse();
        return entries;
    }

    private ChangeReader fromNow() {
        ChangeReader reader = store().changes(Set.of(NEWS), null);
        assertThat(reader.next(10).await().changes()).isEmpty();
        return reader;
    }

    @Test
    default void tells_what_was_inserted_changed_and_deleted_and_nothing_that_was_refused() {
        ChangeReader reader = fromNow();
        store().insert(NEWS, job("a", "NEW", 1)).await();
        assertThat(read(reader)).containsExactly("news/a@1");
        store().insertAll(NEWS, List.of(job("a", "AGAIN", 1), job("b\"\\\n", "NEW", 1)))
                .await();
        store().replaceIf(NEWS, new Document("a", 2, "{}")).await();
        store().replaceIf(NEWS, new Document("a", 2, "{}")).await();
        refusal(store().insert(NEWS, job("a", "NEW", 1)));
        store().insert(JOBS, job("untold", "NEW", 1)).await();
        store().delete(NEWS, "a", 1).await();
        assertThat(read(reader)).containsExactlyInAnyOrder("news/a@2", "news/b\"\\\n@1");
        store().delete(NEWS, "a", 2).await();
        store().deleteWhere(NEWS, Query.where(Condition.eq("status", "NEW"))).await();
        assertThat(read(reader)).containsExactlyInAnyOrder("news/a@3 deleted", "news/b\"\\\n@2 deleted");
        assertThat(read(reader)).isEmpty();
    }

    @Test
    default void a_deleted_record_is_gone_to_every_question_and_its_id_and_values_are_free() {
        store().insert(NEWS, new Document("a", 1, "{\"key\":\"k\",\"status\":\"NEW\"}"))
                .await();
        ChangeReader reader = fromNow();
        store().delete(NEWS, "a", -1).await();
        assertThat(store().get(NEWS, "a").await()).isNull();
        assertThat(store().find(NEWS, Query.all()).await().documents()).isEmpty();
        assertThat(store().find(NEWS, Query.where(Condition.ne("status", "OLD")))
                        .await()
                        .documents())
                .isEmpty();
        assertThat(store().count(NEWS, List.of(Condition.eq("status", null))).await())
                .isZero();
        assertThat(store().countBy(NEWS, "status", List.of()).await()).isEmpty();
        assertThat(store().delete(NEWS, "a", -1).await()).isFalse();
        assertThat(store().deleteWhere(NEWS, Query.all()).await()).isZero();
        for (long next = 2; next < 4; next++) {
            assertThat(store().replaceIf(NEWS, new Document("a", next, "{}")).await())
                    .isFalse();
        }
        assertThat(read(reader)).contains("news/a@2 deleted").last().isEqualTo("news/a@2 deleted");

        Document again = new Document("a", 1, "{\"key\":\"k\",\"status\":\"NEW\"}");
        store().insert(NEWS, again).await();
        assertThat(store().get(NEWS, "a").await()).isEqualTo(again);
        assertThat(store().find(NEWS, Query.where(Condition.eq("key", "k")))
                        .await()
                        .documents())
                .containsExactly(again);
        assertThat(read(reader)).containsExactly("news/a@1");
    }

    @Test
    default void a_reader_goes_on_at_its_position_and_misses_nothing() {
        ChangeReader first = fromNow();
        String start = first.position();
        List<Document> many =
                IntStream.range(0, 7).mapToObj(i -> job("m" + i, "NEW", i)).toList();
        store().insertAll(NEWS, many).await();
        List<String> handled = new ArrayList<>();
        for (Change change : first.next(3).await().changes()) {
            handled.add(change.entryId());
        }
        List<String> rest = read(store().changes(Set.of(NEWS), first.position()));
        List<String> all = many.stream().map(one -> "news/" + one.id() + "@1").toList();
        assertThat(rest).doesNotHaveDuplicates();
        handled.addAll(rest);
        assertThat(handled).containsAll(all);
        assertThat(read(store().changes(Set.of(NEWS), start))).containsAll(all);
        assertThat(thrown(() -> store().changes(Set.of(JOBS), null)).kind).isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    default void of_writers_at_once_every_last_version_is_told_after_all_before_it() throws InterruptedException {
        ChangeReader reader = fromNow();
        int records = 20;
        int versions = 15;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        for (int i = 0; i < records; i++) {
            String id = "w" + i;
            threads.execute(() -> {
                store().insert(NEWS, job(id, "NEW", 1)).await();
                for (long next = 2; next <= versions; next++) {
                    store().replaceIf(NEWS, new Document(id, next, "{}")).await();
                }
            });
        }
        Map<String, Long> newest = new HashMap<>();
        // of two changes that became visible out of order one is found by a later look
        Awaitility.await()
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    for (Change change : reader.next(7).await().changes()) {
                        Long before = newest.put(change.id(), change.version());
                        assertThat(change.version()).isGreaterThan(before == null ? 0 : before);
                    }
                    return newest.size() == records
                            && newest.values().stream().allMatch(version -> version == versions);
                });
        threads.shutdown();
    }

    private static Failure thrown(Runnable call) {
        try {
            call.run();
            return fail("was not refused");
        } catch (Failure refused) {
            return refused;
        }
    }
}
