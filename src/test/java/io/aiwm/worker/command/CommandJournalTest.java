package io.aiwm.worker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class CommandJournalTest {
    @TempDir
    Path folder;

    private final SettableClock clock = new SettableClock();
    private Vertx vertx;
    private CommandJournal journal;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        journal = opened();
    }

    @AfterEach
    void close() throws Exception {
        wait(vertx.close());
    }

    @Test
    void what_was_received_started_finished_and_settled_is_so_after_a_restart() throws Exception {
        wait(journal.received(received("a")));
        wait(journal.received(received("b")));
        journal.started(journal.find("b").started(clock.millis()));
        wait(journal.received(received("c")));
        wait(journal.finished(finished("c")));
        wait(journal.received(received("d")));
        wait(journal.finished(finished("d")));
        journal.settled(journal.find("d"));
        journal.refused(CommandEntry.refused("e", clock.millis(), clock.millis(), "queue full"));

        reopen();

        assertThat(journal.openEntries()).extracting(CommandEntry::id).containsExactlyInAnyOrder("a", "b", "c");
        assertThat(journal.find("a").state()).isEqualTo(CommandEntry.State.RECEIVED);
        assertThat(journal.find("a").data()).isEqualTo(new JsonObject().put("x", 1));
        assertThat(journal.find("b").state()).isEqualTo(CommandEntry.State.STARTED);
        assertThat(journal.find("c").result().getString("outcome")).isEqualTo("success");
        assertThat(journal.find("d").state()).isEqualTo(CommandEntry.State.SETTLED);
        assertThat(journal.find("e").reason()).isEqualTo("queue full");
    }

    @Test
    void what_a_settled_command_was_given_and_gave_is_erased() throws Exception {
        var secret = new JsonObject().put("env", new JsonObject().put("A_TOKEN", "s3cret"));
        var open = new JsonObject().put("env", new JsonObject().put("A_TOKEN", "still needed"));
        long late = clock.millis() + 3_600_000;
        wait(journal.received(CommandEntry.received("a", "job.run", secret, clock.millis(), late)));
        wait(journal.received(CommandEntry.received("b", "job.run", open, clock.millis(), late)));
        wait(journal.finished(CommandEntry.finished("a", secret, clock.millis(), late)));
        journal.settled(journal.find("a"));
        journal.sweep();
        Path before = Files.createLink(file().resolveSibling("before"), file());

        clock.tick(Duration.ofSeconds(7));
        journal.sweep();

        await().until(() -> !Files.readString(file()).contains("s3cret"));
        await().until(() -> !Files.readString(before).contains("s3cret"));
        reopen();
        assertThat(journal.find("a").state()).isEqualTo(CommandEntry.State.SETTLED);
        assertThat(journal.find("b").data()).isEqualTo(open);
    }

    @Test
    void a_cancel_outlives_a_restart() throws Exception {
        wait(journal.received(received("a")));
        var started = journal.find("a").started(clock.millis());
        journal.started(started);
        journal.cancelRequested(started);

        reopen();
        assertThat(journal.find("a").cancelled()).isTrue();
        // once more, now read from the compacted file
        reopen();
        assertThat(journal.find("a").cancelled()).isTrue();
        assertThat(journal.find("a").state()).isEqualTo(CommandEntry.State.STARTED);
    }

    @Test
    void a_torn_last_line_costs_only_itself() throws Exception {
        wait(journal.received(received("a")));
        wait(journal.close());
        Files.writeString(file(), "{\"state\":\"RECEIVED\",\"id\":\"torn\",\"at\":17", StandardOpenOption.APPEND);

        journal = opened();
        wait(journal.received(received("b")));
        reopen();

        assertThat(journal.openEntries()).extracting(CommandEntry::id).containsExactly("a", "b");
    }

    @Test
    void garbage_in_the_middle_hides_nothing_else() throws Exception {
        wait(journal.received(received("a")));
        wait(journal.close());
        Files.write(file(), new byte[] {(byte) 0xff, 0, 0, '\n', '[', ']', '\n'}, StandardOpenOption.APPEND);
        journal = opened();
        wait(journal.received(received("b")));

        reopen();

        assertThat(journal.openEntries()).extracting(CommandEntry::id).containsExactly("a", "b");
    }

    @Test
    void a_settled_id_is_known_for_a_day_and_no_longer() throws Exception {
        wait(journal.received(received("a")));
        wait(journal.finished(finished("a")));
        journal.settled(journal.find("a"));

        clock.tick(Duration.ofHours(23));
        journal.sweep();
        assertThat(journal.find("a")).isNotNull();

        clock.tick(Duration.ofHours(2));
        journal.sweep();
        assertThat(journal.find("a")).isNull();
    }

    @Test
    void settled_ids_are_bounded_and_those_past_their_deadline_go_first() {
        long soon = clock.millis() + 1_000;
        long late = clock.millis() + 3_600_000;
        journal.settled(CommandEntry.finished("still valid", new JsonObject(), clock.millis(), late));
        for (int i = 0; i < CommandJournal.MAX_SETTLED; i++) {
            journal.settled(CommandEntry.finished("old" + i, new JsonObject(), clock.millis(), soon));
        }
        clock.tick(Duration.ofMinutes(1));

        journal.sweep();

        assertThat(journal.find("still valid")).isNotNull();
        assertThat(journal.find("old0")).isNull();
    }

    @Test
    void the_file_is_rewritten_when_it_has_grown() throws Exception {
        var padding = "x".repeat(100_000);
        for (int i = 0; i < 100; i++) {
            var result = new JsonObject().put("padding", padding);
            wait(journal.finished(CommandEntry.finished("c" + i, result, clock.millis(), 0)));
            journal.settled(journal.find("c" + i));
        }
        journal.sweep();
        wait(journal.received(received("last")));

        assertThat(Files.size(file())).isLessThan(100_000);
        reopen();
        assertThat(journal.find("c7").state()).isEqualTo(CommandEntry.State.SETTLED);
        assertThat(journal.find("last")).isNotNull();
    }

    @Test
    void many_at_once_share_their_way_to_the_disk() throws Exception {
        var all = new ArrayList<Future<Void>>();
        long began = System.nanoTime();
        for (int i = 0; i < 5_000; i++) {
            all.add(journal.received(received("c" + i)));
        }
        wait(Future.all(all));
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf("journal: %.0f durable commands a second%n", 5_000 / seconds);

        reopen();
        assertThat(journal.openEntries()).hasSize(5_000);
    }

    @Test
    void two_workers_cannot_share_one_journal() {
        assertThatThrownBy(this::opened).hasMessageContaining("another worker uses");
    }

    @Test
    void nobody_else_may_read_it() throws IOException {
        assertThat(Files.getPosixFilePermissions(file()))
                .extracting(Enum::name)
                .containsExactlyInAnyOrder("OWNER_READ", "OWNER_WRITE");
    }

    private CommandEntry received(String id) {
        return CommandEntry.received(
                id, "deployment.create", new JsonObject().put("x", 1), clock.millis(), clock.millis() + 60_000);
    }

    private CommandEntry finished(String id) {
        return CommandEntry.finished(id, new JsonObject().put("outcome", "success"), clock.millis(), clock.millis());
    }

    private Path file() {
        return folder.resolve("commands.jsonl");
    }

    private CommandJournal opened() throws Exception {
        return wait(CommandJournal.open(vertx, folder, clock));
    }

    private void reopen() throws Exception {
        wait(journal.close());
        journal = opened();
    }

    private static <T> T wait(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }
}
