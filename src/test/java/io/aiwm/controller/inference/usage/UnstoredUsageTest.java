package io.aiwm.controller.inference.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.DyingStore;
import io.aiwm.controller.inference.usage.UsageReport.Asked;
import io.aiwm.controller.inference.usage.UsageReport.Group;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.inference.usage.CallUsage;
import io.aiwm.inference.usage.CallUsageBuilder;
import io.aiwm.inference.usage.MappedPage;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Calls that had ended when a controller was killed, with a real store and real files. */
class UnstoredUsageTest extends UsageRig {
    private UsageCollector begins(DocumentStore in, String gateway, Path files) {
        var records = new UsageRecords(in, InstantSource.system(), KEPT);
        var collector = new UsageCollector(vertx, records, gateway, files);
        done(collector.start(vertx));
        return collector;
    }

    private static CallUsage call(String user, String model) {
        return CallUsageBuilder.builder()
                .id("call")
                .at(NOON)
                .user(user)
                .model(model)
                .deploymentId("dep_1")
                .status(200)
                .promptTokens(10)
                .build();
    }

    /** Model and calls of it. */
    private List<String> counted(String user) {
        var asked = new Asked(NOON.minusSeconds(60), NOON.plusSeconds(3_600), List.of(Group.MODEL), user);
        return done(new UsageReport(new UsageRecords(store, InstantSource.system(), KEPT)).of(asked)).lines().stream()
                .map(line -> line.group().get(0) + " " + line.counts().calls())
                .toList();
    }

    private static List<Path> files(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.filter(file -> file.toString().endsWith(".page")).toList();
        }
    }

    private static int lines(Path in) throws IOException {
        int lines = 0;
        for (Path file : files(in)) {
            lines += MappedPage.read(file).lines().size();
        }
        return lines;
    }

    /** What is on the disk of a process that is killed now. */
    private Path asItIs(Path files, String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        for (Path file : files(files)) {
            Files.copy(file, copy.resolve(file.getFileName()));
        }
        return copy;
    }

    @Test
    void calls_that_had_ended_before_a_kill_between_any_two_writes_are_counted_once() throws Exception {
        for (int writes = 0; writes <= 3; writes++) {
            String user = "u" + writes;
            Path files = folder.resolve("of" + writes);
            var dying = new DyingStore(store, writes);
            UsageCollector killed = begins(dying, "ctl_" + writes, files);
            List.of("a", "b", "b", "c").forEach(model -> killed.ended(call(user, model)));
            Future<Void> stored = killed.flush();
            killed.ended(call(user, "a"));
            killed.ended(call(user, "d"));
            await().until(() -> dying.dead || stored.isComplete());
            await().untilAsserted(() -> assertThat(lines(files)).isEqualTo(dying.dead ? 6 : 2));

            Path left = asItIs(files, "left" + writes);
            UsageCollector next = begins(store, "next_" + writes, left);
            assertThat(counted(user))
                    .as("killed after " + writes + " writes")
                    .containsExactly("a 2", "b 2", "c 1", "d 1");
            done(next.close());
            assertThat(left).isEmptyDirectory();
        }
    }

    @Test
    void what_is_stored_leaves_no_line_and_an_orderly_stop_no_file() throws Exception {
        Path files = folder.resolve("files");
        UsageCollector collector = begins(store, "ctl_1", files);
        collector.ended(call("ada", "a"));
        assertThat(lines(files)).isEqualTo(1);
        done(collector.flush());
        assertThat(lines(files)).isZero();
        collector.ended(call("ada", "a"));
        done(collector.close());
        assertThat(files).isEmptyDirectory();
        assertThat(counted("ada")).containsExactly("a 2");
    }

    @Test
    void what_a_controller_that_lives_keeps_is_its_own() throws Exception {
        Path files = folder.resolve("files");
        UsageCollector lives = begins(store, "ctl_1", files);
        lives.ended(call("ada", "a"));
        assertThat(lines(files)).isEqualTo(1);
        done(begins(store, "ctl_2", files).close());
        assertThat(lines(files)).isEqualTo(1);
        assertThat(counted("ada")).isEmpty();
        done(lives.close());
        assertThat(counted("ada")).containsExactly("a 1");
    }

    @Test
    void a_line_that_is_torn_is_left_out() throws Exception {
        Path files = folder.resolve("files");
        UsageCollector killed = begins(new DyingStore(store, 0), "ctl_1", files);
        killed.ended(call("ada", "a"));
        killed.ended(call("ada", "b"));
        Path left = asItIs(files, "left");
        for (Path page : files(left)) {
            try (var torn = FileChannel.open(page, StandardOpenOption.WRITE)) {
                torn.truncate(2L * (UnstoredUsage.line(call("ada", "a")).length - 5));
            }
        }
        done(begins(store, "ctl_2", left).close());
        assertThat(counted("ada")).containsExactly("a 1");
    }

    @Test
    void more_than_a_page_of_calls_is_one_batch_and_beyond_all_pages_they_are_in_memory() throws Exception {
        Path files = folder.resolve("files");
        UsageCollector killed = begins(new DyingStore(store, 0), "ctl_1", files);
        int ofPage = MappedPage.BYTES / UnstoredUsage.line(call("ada", "a")).length;
        for (int page = 1; page <= 70; page++) {
            int made = Math.min(page, 64);
            for (int i = 0; i < ofPage; i++) {
                killed.ended(call("ada", "a"));
            }
            await().until(() -> files(files).size() >= Math.min(made + 1, 64));
        }
        Path left = asItIs(files, "left");
        done(begins(store, "ctl_2", left).close());
        assertThat(counted("ada")).containsExactly("a " + 64 * ofPage);
        assertThat(left).isEmptyDirectory();
    }
}
