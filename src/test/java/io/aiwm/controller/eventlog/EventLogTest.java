package io.aiwm.controller.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.change.ChangeFeed;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.DocumentStore.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What the log of events takes in, once and in order, also after a death. */
class EventLogTest extends EventLogRig {
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
}
