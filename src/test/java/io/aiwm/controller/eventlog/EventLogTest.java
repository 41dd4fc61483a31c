package io.aiwm.controller.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config.Storage.Sync;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Collection;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EventLogTest {
    private static final String THINGS = "things";
    private static final Principal ADMIN = new Principal("root", Role.ADMIN, "t1", null);
    private static final Principal VIEWER = new Principal("eve", Role.VIEWER, "t2", null);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-27T10:00:00Z");
    private final InstantSource clock = () -> now;
    private DocumentStore store;
    private EventBlocks blocks;
    private EventTail tail;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("events.db"), Sync.NORMAL);
        store.open(List.of(ChangeFeed.COLLECTION, EventBlocks.COLLECTION, new Collection(THINGS, List.of()).telling()))
                .await();
        blocks = new EventBlocks(store, new EventBlocks.Retention(1_000, Duration.ofDays(7)), clock);
        tail = new EventTail(vertx, blocks);
    }

    @AfterEach
    void close() {
        store.close().await();
        vertx.close().await();
    }

    private EventRecorder recorder(int routinePerSecond) {
        var recorder = new EventRecorder(blocks, Map.of(THINGS, "thing"), Set.of(THINGS), routinePerSecond, clock);
        recorder.onAppended(tail::hint);
        return recorder;
    }

    private ChangeFeed feed(EventRecorder recorder) {
        var feed = new ChangeFeed(vertx, store, "ctl", true).add(recorder);
        feed.start();
        // what changes before the feed has a place is not told
        await().until(() -> {
            Document place = store.get(ChangeFeed.COLLECTION.name(), "events").await();
            return place != null && place.json().contains("position");
        });
        return feed;
    }

    private String note(String type) {
        return EventNote.of(type, now).note();
    }

    private void insert(String id, String... notes) {
        store.insert(THINGS, new Document(id, 1, "{}").noting(List.of(notes))).await();
    }

    private void replace(String id, long version, String... notes) {
        store.replaceIf(THINGS, new Document(id, version, "{}").noting(List.of(notes)))
                .await();
    }

    private List<String> types(List<ClusterEvent> events) {
        return events.stream().map(ClusterEvent::type).toList();
    }

    private EventFilter filter(Principal who, String... types) {
        return EventFilter.of(new EventFilter.Wanted(List.of(types), List.of(), List.of(), null), who);
    }

    @Test
    void every_version_is_told_even_if_many_are_replaced_before_they_are_read() {
        ChangeFeed feed = feed(recorder(50));
        insert("a", note("thing.made"));
        for (int version = 2; version <= 40; version++) {
            replace("a", version, note("thing.v" + version));
        }
        store.delete(THINGS, "a", -1).await();
        await().untilAsserted(() -> assertThat(revisions(1)).hasSize(41));
        List<ClusterEvent> events = read(0);
        assertThat(types(events).get(0)).isEqualTo("thing.made");
        assertThat(types(events).get(39)).isEqualTo("thing.v40");
        assertThat(types(events).get(40)).isEqualTo("thing.deleted");
        assertThat(events.get(0).kind()).isEqualTo("thing");
        assertThat(events.get(0).resourceId()).isEqualTo("a");
        assertThat(revisions(1)).isEqualTo(LongStream.rangeClosed(1, 41).boxed().toList());
        feed.close().await();
    }

    @Test
    void an_event_of_several_records_is_none_of_one_of_them() {
        Principal who = new Principal("v", Role.VIEWER, "t", Instant.MAX);
        EventFilter one = EventFilter.of(new EventFilter.Wanted(List.of(), List.of(), List.of("n1"), null), who);
        JsonObject event = new JsonObject().put("revision", 1L).put("type", "execution.created");
        assertThat(one.takes(ClusterEvent.of(event.copy()))).isFalse();
        assertThat(one.takes(ClusterEvent.of(event.put("resourceId", "n1")))).isTrue();
    }

    private List<Long> revisions(long from) {
        return read(from - 1).stream().map(ClusterEvent::revision).toList();
    }

    private List<ClusterEvent> read(long after) {
        var found = new ArrayList<ClusterEvent>();
        long at = after;
        while (true) {
            List<ClusterEvent> next = tail.after(at, 500).await();
            if (next.isEmpty()) {
                return found;
            }
            found.addAll(next);
            at = next.get(next.size() - 1).revision();
        }
    }

    @Test
    void what_is_told_again_after_a_death_is_in_the_log_once() {
        List<Change> changes = List.of(
                new Change(THINGS, "a", 1, false, List.of(note("thing.made"))),
                new Change(THINGS, "b", 1, false, List.of(note("thing.made"))));
        recorder(50).changed(changes).await();
        // the process ends before its place in the feed is stored, and the next one is told more
        var more = new ArrayList<>(changes);
        more.add(new Change(THINGS, "a", 2, false, List.of(note("thing.changed"))));
        recorder(50).changed(more).await();
        assertThat(read(0).stream().map(event -> event.json().getString("id")))
                .containsExactly("things/a@1.0.1", "things/b@1.0.2", "things/a@2.0.3");
    }

    @Test
    void a_record_with_the_id_of_a_deleted_one_is_told_also_after_a_death() {
        var made = new Change(THINGS, "a", 1, false, List.of(note("thing.made")));
        var old = new Change(THINGS, "a", 7, false, List.of(note("thing.changed")));
        var deleted = new Change(THINGS, "a", 8, true);
        recorder(50).changed(List.of(old)).await();
        EventRecorder second = recorder(50);
        second.changed(List.of(old, deleted)).await();
        second.changed(List.of(made)).await();
        recorder(50).changed(List.of(old, deleted, made)).await();
        recorder(50)
                .changed(List.of(new Change(THINGS, "a", 2, false, List.of(note("thing.changed")))))
                .await();
        recorder(50).changed(List.of(new Change(THINGS, "a", 3, true))).await();
        assertThat(read(0).stream().map(event -> event.json().getString("id")))
                .containsExactly(
                        "things/a@7.0.1", "things/a@8.0.2", "things/a@1.0.3", "things/a@2.0.4", "things/a@3.0.5");
    }

    @Test
    void a_deletion_says_what_the_record_was_called_also_after_a_death() {
        String named = EventNote.of("thing.made", now).name("my model").note();
        var recorder = recorder(50);
        recorder.changed(List.of(
                        new Change(THINGS, "a", 1, false, List.of(named)),
                        new Change(THINGS, "b", 1, false, List.of(named)),
                        new Change(THINGS, "c", 1, false, List.of(note("thing.made")))))
                .await();
        recorder.changed(List.of(new Change(THINGS, "a", 2, true))).await();
        recorder(50)
                .changed(List.of(new Change(THINGS, "b", 2, true), new Change(THINGS, "c", 2, true)))
                .await();
        assertThat(read(3).stream().map(event -> event.json().getString("name")))
                .containsExactly("my model", "my model", null);
    }

    @Test
    void what_is_made_after_a_deletion_that_is_told_again_is_told() {
        List<Change> life = List.of(
                new Change(THINGS, "a", 1, false, List.of(note("thing.made"))), new Change(THINGS, "a", 2, true));
        recorder(50).changed(life).await();
        var again = new ArrayList<>(life);
        again.addAll(life);
        recorder(50).changed(again).await();
        assertThat(types(read(0))).containsExactly("thing.made", "thing.deleted", "thing.made", "thing.deleted");
        // who tells events apart by their ids takes none of them for another
        assertThat(read(0).stream().map(event -> event.json().getString("id"))).doesNotHaveDuplicates();
    }

    @Test
    void of_two_controllers_that_append_at_once_one_fails_and_then_appends_behind_the_other() {
        EventRecorder one = recorder(50);
        EventRecorder other = recorder(50);
        one.changed(List.of(new Change(THINGS, "a", 1, false, List.of(note("thing.made")))))
                .await();
        other.changed(List.of(new Change(THINGS, "b", 1, false, List.of(note("thing.made")))))
                .await();
        List<Change> late = List.of(new Change(THINGS, "c", 1, false, List.of(note("thing.made"))));
        assertThatThrownBy(() -> one.changed(late).await()).isInstanceOf(Failure.class);
        one.changed(late).await();
        assertThat(read(0).stream().map(ClusterEvent::resourceId)).containsExactly("a", "b", "c");
        assertThat(revisions(1)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void routine_beyond_the_limit_is_counted_and_what_fails_is_not() {
        EventRecorder recorder = recorder(10);
        List<Change> many = IntStream.range(0, 500)
                .mapToObj(i -> new Change(
                        THINGS,
                        "t" + i,
                        1,
                        false,
                        List.of(
                                note("execution.completed"),
                                EventNote.of("execution.failed", now).error().note())))
                .toList();
        recorder.changed(many).await();
        List<ClusterEvent> events = read(0);
        assertThat(events.stream().filter(event -> event.type().equals("execution.failed")))
                .hasSize(500);
        List<ClusterEvent> completed = events.stream()
                .filter(event -> event.type().equals("execution.completed"))
                .toList();
        int told = (int) completed.stream()
                .filter(event -> event.json().getInteger("count") == null)
                .count();
        assertThat(told).isBetween(40, 60);
        assertThat(completed.get(completed.size() - 1).json().getInteger("count"))
                .isEqualTo(500 - told);
        assertThat(completed).hasSize(told + 1);
    }

    @Test
    void what_its_writer_has_only_counted_is_counted_and_other_text_is_not() {
        EventRecorder recorder = recorder(1_000);
        recorder.changed(List.of(
                        new Change(
                                THINGS, "a", 1, false, List.of("step.started", "step.started", note("step.started"))),
                        new Change(THINGS, "b", 1, false, List.of("job.started", "thing.made", "hello"))))
                .await();
        List<ClusterEvent> events = read(0);
        assertThat(types(events)).containsExactly("step.started", "job.started", "step.started");
        assertThat(events.stream().map(event -> event.json().getInteger("count")))
                .containsExactly(null, 1, 2);
    }

    @Test
    void what_is_too_old_or_too_much_goes_and_asking_for_it_is_refused() {
        EventRecorder recorder = recorder(50);
        for (int i = 0; i < 30; i++) {
            int block = i;
            recorder.changed(IntStream.range(0, 100)
                            .mapToObj(n ->
                                    new Change(THINGS, "t" + block + "-" + n, 1, false, List.of(note("thing.made"))))
                            .toList())
                    .await();
        }
        blocks.run().await();
        assertThat(tail.range().await()).isEqualTo(new EventTail.Range(2_001, 3_000));
        assertThat(revisions(2_001)).hasSize(1_000);
        assertThatThrownBy(() -> tail.after(1_999, 10).await())
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.GONE));
        assertThatThrownBy(() -> tail.check(3_001).await())
                .satisfies(cause -> assertThat(Failure.of(cause).kind).isEqualTo(Failure.Kind.GONE));
        now = now.plus(Duration.ofDays(8));
        blocks.run().await();
        assertThat(tail.range().await()).isEqualTo(new EventTail.Range(2_901, 3_000));
    }

    @Test
    void a_reader_that_lags_gets_all_from_the_store_and_then_goes_on_from_memory() {
        EventRecorder recorder = recorder(50);
        for (int i = 0; i < 10; i++) {
            recorder.changed(List.of(new Change(THINGS, "t" + i, 1, false, List.of(note("thing.made")))))
                    .await();
        }
        var got = new CopyOnWriteArrayList<Long>();
        var client = new Client(got);
        var reader = new EventReader(vertx.getOrCreateContext(), tail, filter(ADMIN), 3, client);
        reader.start();
        await().untilAsserted(() -> assertThat(got).containsExactly(4L, 5L, 6L, 7L, 8L, 9L, 10L));
        client.full = true;
        for (int i = 10; i < 20; i++) {
            recorder.changed(List.of(new Change(THINGS, "t" + i, 1, false, List.of(note("thing.made")))))
                    .await();
        }
        client.full = false;
        reader.pump();
        await().untilAsserted(() -> assertThat(got).hasSize(17).endsWith(20L));
        reader.close();
    }

    @Test
    void a_reader_that_takes_nothing_is_let_go() {
        var got = new CopyOnWriteArrayList<Long>();
        var client = new Client(got);
        client.full = true;
        long[] nanos = {0};
        var reader = new EventReader(vertx.getOrCreateContext(), tail, filter(ADMIN), 0, client, () -> nanos[0]);
        reader.checkAlive();
        nanos[0] = EventReader.PATIENCE.toNanos() - 1;
        reader.checkAlive();
        assertThat(client.ended).isNull();
        nanos[0]++;
        reader.checkAlive();
        assertThat(client.ended.kind).isEqualTo(Failure.Kind.LIMITED);
    }

    @Test
    void a_reader_whose_filter_takes_nothing_is_told_how_far_the_log_was_looked_through() {
        EventRecorder recorder = recorder(50);
        var client = new Client(new CopyOnWriteArrayList<>());
        var reader = new EventReader(vertx.getOrCreateContext(), tail, filter(ADMIN, "worker.left"), 0, client);
        reader.start();
        try {
            assertThat(client.place).isZero();
            recorder.changed(
                            List.of(new Change(THINGS, "a", 1, false, List.of(note("thing.made"), note("thing.done")))))
                    .await();
            await().untilAsserted(() -> {
                reader.checkAlive();
                assertThat(client.place).isEqualTo(2);
            });
            assertThat(client.got).isEmpty();
        } finally {
            reader.close();
        }
    }

    private static final class Client implements EventReader.Client {
        private final List<Long> got;
        private volatile boolean full;
        private volatile long place = -1;
        private volatile Failure ended;

        Client(List<Long> got) {
            this.got = got;
        }

        @Override
        public void send(ClusterEvent event) {
            got.add(event.revision());
        }

        @Override
        public void sendAlive(long position) {
            place = position;
        }

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public void end(Failure why) {
            ended = why;
        }
    }

    @Test
    void a_filter_takes_what_is_wanted_and_may_be_seen() {
        EventRecorder recorder = recorder(50);
        recorder.changed(List.of(
                        new Change(THINGS, "a", 1, false, List.of(note("execution.failed"), note("step.failed"))),
                        new Change(
                                THINGS,
                                "b",
                                1,
                                false,
                                List.of(
                                        EventNote.of("approval.asked", now)
                                                .owner("adam")
                                                .note(),
                                        EventNote.of("approval.asked", now)
                                                .owner("eve")
                                                .note(),
                                        note("audit.createUser")))))
                .await();
        List<ClusterEvent> events = read(0);
        assertThat(taken(events, filter(ADMIN))).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(taken(events, filter(VIEWER))).containsExactly(1L, 2L, 4L);
        assertThat(taken(events, filter(ADMIN, "execution"))).containsExactly(1L);
        assertThat(taken(events, filter(ADMIN, "*.failed"))).containsExactly(1L, 2L);
        assertThat(taken(events, filter(ADMIN, "a*.*a*e*"))).containsExactly(3L, 4L, 5L);
        assertThat(taken(events, filter(ADMIN, "aud*audit"))).isEmpty();
        assertThatThrownBy(() -> filter(ADMIN, "a b")).hasMessageContaining("query:type");
    }

    private static List<Long> taken(List<ClusterEvent> events, EventFilter filter) {
        return events.stream().filter(filter::takes).map(ClusterEvent::revision).toList();
    }
}
