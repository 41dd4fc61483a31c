package io.aiwm.controller.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.store.Change;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Readers of the log of events: their place, their filter, and readers that are slow. */
class EventReaderTest extends EventLogRig {
    private static final Principal ADMIN = new Principal("root", Role.ADMIN, "t1", null);
    private static final Principal VIEWER = new Principal("eve", Role.VIEWER, "t2", null);

    private EventFilter filter(Principal who, String... types) {
        return EventFilter.of(new EventFilter.Wanted(List.of(types), List.of(), List.of(), null), who);
    }

    @Test
    void an_event_of_several_records_is_none_of_one_of_them() {
        Principal who = new Principal("v", Role.VIEWER, "t", Instant.MAX);
        EventFilter one = EventFilter.of(new EventFilter.Wanted(List.of(), List.of(), List.of("n1"), null), who);
        JsonObject event = new JsonObject().put("revision", 1L).put("type", "execution.created");
        assertThat(one.takes(ClusterEvent.of(event.copy()))).isFalse();
        assertThat(one.takes(ClusterEvent.of(event.put("resourceId", "n1")))).isTrue();
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
