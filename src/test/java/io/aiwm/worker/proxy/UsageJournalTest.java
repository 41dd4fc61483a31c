package io.aiwm.worker.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.inference.usage.MappedPage;
import io.aiwm.protocol.ProxyUsage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class UsageJournalTest {
    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        done(vertx.close());
    }

    @Test
    void a_batch_stays_the_same_until_it_is_counted_and_through_restarts() throws Exception {
        UsageJournal journal = open();
        String gateway = journal.gatewayId();
        journal.ended(Calls.call("a"));
        journal.ended(Calls.call("b"));
        done(journal.close());

        journal = open();
        journal.ended(Calls.call("c"));
        UsageFolder.Batch first = done(journal.oldest());
        assertThat(ids(first)).containsExactly("a", "b");
        assertThat(done(journal.oldest())).isEqualTo(first);
        done(journal.close());

        journal = open();
        assertThat(journal.gatewayId()).isEqualTo(gateway);
        assertThat(done(journal.oldest())).isEqualTo(first);
        done(journal.counted(first.sequence()));
        UsageFolder.Batch second = done(journal.oldest());
        assertThat(ids(second)).containsExactly("c");
        assertThat(second.sequence()).isGreaterThan(first.sequence());
        done(journal.counted(second.sequence()));
        assertThat(done(journal.oldest())).isNull();
        done(journal.close());

        journal = open();
        journal.ended(Calls.call("d"));
        done(journal.close());
        journal = open();
        UsageFolder.Batch third = done(journal.oldest());
        assertThat(ids(third)).containsExactly("d");
        assertThat(third.sequence())
                .as("goes on although all before are deleted")
                .isGreaterThan(second.sequence());
        done(journal.close());
    }

    @Test
    void a_call_is_on_disk_at_once_and_only_its_owner_reads_it() throws Exception {
        UsageJournal journal = open();
        journal.ended(Calls.call("a"));
        Path file = folder.resolve("0000000000000001.page");
        assertThat(MappedPage.read(file).lines()).singleElement().asString().contains("\"id\":\"a\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        done(journal.close());
    }

    @Test
    void many_calls_are_many_batches_that_each_fit_a_message() throws Exception {
        UsageJournal journal = open();
        int most = ProxyUsage.MOST_CALLS;
        for (int i = 0; i < 2 * most + 1; i++) {
            journal.ended(Calls.call("call-" + i));
        }
        done(journal.close());
        journal = open();
        int seen = 0;
        for (UsageFolder.Batch batch = done(journal.oldest()); batch != null; batch = done(journal.oldest())) {
            assertThat(batch.calls()).hasSizeLessThanOrEqualTo(most);
            assertThat(batch.calls().get(0).getString("id")).isEqualTo("call-" + seen);
            seen += batch.calls().size();
            done(journal.counted(batch.sequence()));
        }
        assertThat(seen).isEqualTo(2 * most + 1);
        done(journal.close());
    }

    @Test
    void what_has_no_room_is_left_out_and_what_is_there_stays() throws Exception {
        UsageJournal journal = done(UsageJournal.open(vertx, folder, 1_000));
        for (int i = 0; i < 50; i++) {
            journal.ended(Calls.call("call-" + i));
        }
        done(journal.close());
        journal = open();
        assertThat(ids(done(journal.oldest()))).hasSizeBetween(1, 10).startsWith("call-0", "call-1");
        done(journal.close());
    }

    @Test
    void a_line_of_a_version_before_that_was_torn_by_a_power_failure_costs_no_other() throws Exception {
        Files.writeString(folder.resolve("0000000000000001.jsonl"), "{\"id\":\"a\"}\n{\"id\":\"b");
        UsageJournal journal = open();
        assertThat(ids(done(journal.oldest()))).containsExactly("a");
        done(journal.close());
    }

    private UsageJournal open() throws Exception {
        return done(UsageJournal.open(vertx, folder, UsageJournal.MOST_BYTES));
    }

    private static List<String> ids(UsageFolder.Batch batch) {
        return batch.calls().stream().map(call -> call.getString("id")).toList();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.await(10, TimeUnit.SECONDS);
    }
}
