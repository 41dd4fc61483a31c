package io.aiwm.controller.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.testing.Spoiled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordsTest {
    record Counter(String id, long version, int count) {
        Counter plus(int more) {
            return new Counter(id, version, count + more);
        }
    }

    private static final class CounterShape implements Records.Shape<Counter> {
        @Override
        public String id(Counter record) {
            return record.id();
        }

        @Override
        public long version(Counter record) {
            return record.version();
        }

        @Override
        public Counter withVersion(Counter record, long version) {
            return new Counter(record.id(), version, record.count());
        }
    }

    private static final DocumentStore.Collection COUNTERS = new DocumentStore.Collection("counters", List.of());

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private DocumentStore store;
    private final List<Counter> written = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void open() throws Exception {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(COUNTERS)).await(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        store.close().await(30, TimeUnit.SECONDS);
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    private Records<Counter> records(boolean exclusive) {
        var records = new Records<>(store, "counters", Counter.class, new CounterShape(), kept -> true, exclusive);
        records.onWritten((before, after) -> written.add(after));
        return records;
    }

    @Test
    void a_look_at_many_decodes_only_what_is_not_kept_as_it_is_stored() throws Exception {
        var mine = records(true);
        var others = records(false);
        mine.insert(new Counter("a", 1, 0)).await(10, TimeUnit.SECONDS);
        others.insert(new Counter("b", 1, 0)).await(10, TimeUnit.SECONDS);
        Counter kept = mine.update("a", seen -> seen.plus(1)).await(10, TimeUnit.SECONDS);

        var first = mine.look(Query.all()).await(10, TimeUnit.SECONDS).items();
        assertThat(first).containsExactly(new Counter("a", 2, 1), new Counter("b", 1, 0));
        assertThat(first.get(0)).isSameAs(kept);
        others.update("a", seen -> seen.plus(1)).await(10, TimeUnit.SECONDS);
        assertThat(mine.look(Query.all()).await(10, TimeUnit.SECONDS).items().get(0))
                .isEqualTo(new Counter("a", 3, 2));
        assertThat(mine.find(Query.all()).await(10, TimeUnit.SECONDS).items().get(1))
                .isNotSameAs(first.get(1));
    }

    @Test
    void no_change_is_lost_and_a_crowd_of_changes_costs_few_writes() throws Exception {
        var records = records(true);
        records.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        Future.all(IntStream.range(0, 1_000)
                        .mapToObj(i -> records.update("a", seen -> seen.plus(1)))
                        .toList())
                .await(30, TimeUnit.SECONDS);
        assertThat(records.get("a").await(10, TimeUnit.SECONDS).count()).isEqualTo(1_000);
        assertThat(written).hasSizeLessThan(500);
        assertThat(written).extracting(Counter::version).doesNotHaveDuplicates().isSorted();
    }

    @Test
    void two_writers_race_and_both_changes_survive() throws Exception {
        var one = records(false);
        var other = records(false);
        one.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        var all = new ArrayList<Future<Counter>>();
        for (int i = 0; i < 300; i++) {
            all.add((i % 2 == 0 ? one : other).update("a", seen -> seen.plus(1)));
        }
        Future.all(all).await(30, TimeUnit.SECONDS);
        assertThat(one.get("a").await(10, TimeUnit.SECONDS).count()).isEqualTo(300);
    }

    @Test
    void a_refusal_on_a_stale_record_is_not_believed() throws Exception {
        var one = records(false);
        var other = records(false);
        one.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        other.update("a", seen -> seen.plus(5)).await(10, TimeUnit.SECONDS);
        Counter seen = one.update("a", counter -> {
                    if (counter.count() == 0) {
                        throw Failure.conflict("too small");
                    }
                    return counter.plus(1);
                })
                .await(10, TimeUnit.SECONDS);
        assertThat(seen.count()).isEqualTo(6);
    }

    @Test
    void a_refusal_fails_its_caller_alone_and_writes_nothing() throws Exception {
        var records = records(true);
        records.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        Future<Counter> good = records.update("a", seen -> seen.plus(1));
        Future<Counter> bad = records.update("a", seen -> {
            throw Failure.conflict("no");
        });
        assertThat(good.await(10, TimeUnit.SECONDS).count()).isEqualTo(1);
        assertThatThrownBy(() -> bad.await(10, TimeUnit.SECONDS))
                .isInstanceOf(Failure.class)
                .hasMessage("no");
        assertThat(records.get("a").await(10, TimeUnit.SECONDS).version()).isEqualTo(2);
    }

    @Test
    void nothing_to_do_writes_nothing() throws Exception {
        var records = records(true);
        records.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        assertThat(records.update("a", seen -> seen).await(10, TimeUnit.SECONDS).version())
                .isEqualTo(1);
        assertThat(written).hasSize(1);
    }

    @Test
    void what_is_not_there_is_not_found_and_what_is_there_is_not_made_twice() throws Exception {
        var records = records(true);
        assertThatThrownBy(() -> records.get("x").await(10, TimeUnit.SECONDS)).hasMessage("counter x does not exist");
        assertThatThrownBy(() -> records.update("x", seen -> seen.plus(1)).await(10, TimeUnit.SECONDS))
                .hasMessage("counter x does not exist");
        records.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> records.insert(new Counter("a", 0, 7)).await(10, TimeUnit.SECONDS))
                .isInstanceOf(Failure.class);
        assertThat(records.delete("a").await(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> records.update("a", seen -> seen.plus(1)).await(10, TimeUnit.SECONDS))
                .hasMessage("counter a does not exist");
    }

    private void spoil(String id) {
        Spoiled.field(store, COUNTERS, id, "count").await();
    }

    @Test
    void a_list_leaves_out_what_cannot_be_read_and_says_which() throws Exception {
        var records = records(false);
        for (String id : List.of("a", "b", "c")) {
            records.insert(new Counter(id, 0, 0)).await(10, TimeUnit.SECONDS);
        }
        spoil("b");
        var page = records(false).find(Query.all().orderBy("id", false)).await(10, TimeUnit.SECONDS);
        assertThat(page.items()).extracting(Counter::id).containsExactly("a", "c");
        assertThat(page.unreadable()).containsExactly("b");
    }

    @Test
    void a_change_of_what_cannot_be_read_is_refused_at_once_and_works_when_it_can() throws Exception {
        records(false).insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        spoil("a");
        var records = records(false);
        for (int time = 0; time < 2; time++) {
            assertThatThrownBy(() -> records.update("a", seen -> seen.plus(1)).await(10, TimeUnit.SECONDS))
                    .hasMessage("counter a cannot be read");
        }
        assertThatThrownBy(() -> records.get("a").await(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind).isEqualTo(Failure.Kind.INTERNAL));
        store.replaceIf("counters", new DocumentStore.Document("a", 3, "{\"id\":\"a\",\"version\":3,\"count\":5}"))
                .await();
        assertThat(records.update("a", seen -> seen.plus(1))
                        .await(10, TimeUnit.SECONDS)
                        .count())
                .isEqualTo(6);
    }

    @Test
    void a_change_that_makes_nothing_fails_its_caller_alone() throws Exception {
        var records = records(true);
        records.insert(new Counter("a", 0, 0)).await(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> records.update("a", seen -> null).await(10, TimeUnit.SECONDS))
                .isInstanceOf(Failure.class);
        assertThat(records.update("a", seen -> seen.plus(1))
                        .await(10, TimeUnit.SECONDS)
                        .count())
                .isEqualTo(1);
    }

    /** A thousand records of a megabyte are no answer. */
    @Test
    void a_page_of_large_records_ends_early_and_goes_on_behind_its_cursor() throws Exception {
        Records<Counter> records = records(true);
        for (int i = 0; i < 80; i++) {
            String large = "{\"id\":\"c%02d\",\"version\":1,".formatted(i) + " ".repeat(200_000) + "\"count\":1}";
            store.insert("counters", new DocumentStore.Document("c%02d".formatted(i), 1, large))
                    .await(30, TimeUnit.SECONDS);
        }
        var ids = new ArrayList<String>();
        var sizes = new ArrayList<Integer>();
        String cursor = null;
        do {
            Records.Page<Counter> page =
                    records.page(Query.all().limit(1_000).after(cursor)).await(30, TimeUnit.SECONDS);
            page.items().forEach(one -> ids.add(one.id()));
            sizes.add(page.items().size());
            cursor = page.nextCursor();
        } while (cursor != null);
        assertThat(ids).hasSize(80).doesNotHaveDuplicates().isSorted();
        assertThat(sizes).containsExactly(42, 38);
        assertThat(records.page(Query.all().limit(20))
                        .await(30, TimeUnit.SECONDS)
                        .items())
                .hasSize(20);
    }

    @Test
    void a_page_of_small_records_is_as_long_as_it_was_asked_for() throws Exception {
        Records<Counter> records = records(true);
        for (int i = 0; i < 120; i++) {
            records.insert(new Counter("c%03d".formatted(i), 1, i)).await(30, TimeUnit.SECONDS);
        }
        spoil("c005");
        Records.Page<Counter> page = records.page(Query.all().limit(100)).await(30, TimeUnit.SECONDS);
        assertThat(page.items()).hasSize(99);
        assertThat(page.unreadable()).containsExactly("c005");
        assertThat(records.page(Query.all().limit(100).after(page.nextCursor()))
                        .await(30, TimeUnit.SECONDS)
                        .items())
                .hasSize(20)
                .first()
                .isEqualTo(new Counter("c100", 1, 100));
    }
}
