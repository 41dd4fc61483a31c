package io.aiwm.worker.docker;

import static io.aiwm.worker.docker.EngineFixture.await;
import static io.aiwm.worker.docker.EngineFixture.shell;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.protocol.LogsFollowBuilder;
import io.aiwm.worker.container.EngineState;
import io.aiwm.worker.container.LogTail;
import io.aiwm.worker.container.OwnedContainers;
import io.aiwm.worker.job.LogFeed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logs of real containers, with credit. */
@Timeout(120)
class LogsIT {
    private final EngineFixture test = new EngineFixture();
    private final OwnedContainers containers =
            new OwnedContainers(test.vertx, test.engine, test.owner, () -> null, test.probes);
    private final List<LogChunk> chunks = new CopyOnWriteArrayList<>();

    @AfterEach
    void cleanUp() {
        containers.close();
        test.close();
    }

    private void follow(boolean follow, int tail, int credit) {
        containers.followLogs(new LogsFollow("s1", "d1", 0, null, follow, tail, credit), chunks::add);
    }

    private String text() {
        return chunks.stream().map(LogChunk::chunk).collect(Collectors.joining());
    }

    private static void until(java.util.concurrent.Callable<Boolean> done) {
        Awaitility.await().atMost(EngineFixture.LIMIT).until(done);
    }

    @Test
    void a_followed_log_begins_with_the_tail_goes_on_and_ends_with_the_container() {
        String id = await(test.create("ex1.0.1", "d1", shell("echo one; echo two; echo three; sleep 3; echo four >&2")))
                .getString("containerId");
        // the two streams come through pipes of their own, so only one stream has an order the tail can be checked on
        until(() -> test.engine
                .lastLines(id, 3)
                .map(lines -> lines.contains("three"))
                .otherwise(false)
                .toCompletionStage()
                .toCompletableFuture()
                .get());
        follow(true, 2, 100);
        until(() -> text().contains("three"));
        assertThat(text()).doesNotContain("one").doesNotContain("four");
        until(() -> chunks.stream().anyMatch(LogChunk::end));
        assertThat(text()).contains("four");
        assertThat(chunks.stream().filter(chunk -> chunk.chunk().contains("four")))
                .allMatch(chunk -> chunk.stream().equals("stderr"));
        assertThat(chunks).extracting(LogChunk::from).isSorted().doesNotHaveDuplicates();
        assertThat(test.container(id).state()).isEqualTo(EngineState.EXITED);
    }

    @Test
    void with_timestamps_each_line_comes_with_the_engines_time_of_it() {
        Instant before = Instant.now().minusSeconds(5);
        String id = await(test.create("ex1.0.1", "d1", shell("echo one; sleep 1; echo two; echo -n three; sleep 60")))
                .getString("containerId");
        until(() -> await(test.engine.lastLines(id, 3)).contains("two"));
        for (boolean follow : new boolean[] {false, true}) {
            chunks.clear();
            containers.followLogs(
                    LogsFollowBuilder.builder()
                            .streamId("s" + follow)
                            .deploymentId("d1")
                            .replica(0)
                            .follow(follow)
                            .tail(-1)
                            .credit(100)
                            .timestamps(true)
                            .build(),
                    chunks::add);
            until(() -> text().startsWith("one\ntwo\n"));
            List<Instant> times = chunks.stream()
                    .filter(chunk -> chunk.times() != null)
                    .flatMap(chunk -> chunk.times().stream())
                    .map(Instant::parse)
                    .toList();
            assertThat(times.get(0)).isAfter(before);
            assertThat(Duration.between(times.get(0), times.get(1)).toMillis()).isBetween(900L, 30_000L);
        }
    }

    @Test
    void never_more_chunks_than_credit_and_never_more_than_64_kib_each() {
        await(test.create(
                "ex1.0.1", "d1", shell("yes 0123456789012345678901234567890123456789 | head -n 60000; sleep 60")));
        until(() -> test.engine.lastLines(test.list().get(0).id(), 1).succeeded()
                || await(test.engine.lastLines(test.list().get(0).id(), 1)).contains("0123"));
        follow(false, -1, 3);
        until(() -> chunks.size() == 3);
        Awaitility.await().during(java.time.Duration.ofMillis(500)).until(() -> chunks.size() == 3);
        assertThat(chunks).allMatch(chunk -> chunk.chunk().length() <= LogFeed.MOST_CHUNK_BYTES);
        assertThat(chunks).allMatch(chunk -> chunk.chunk().endsWith("\n"));
        follow(false, -1, 1000);
        until(() -> chunks.get(chunks.size() - 1).end());
        assertThat(text().lines()).hasSize(60_000);
    }

    @Test
    void one_controller_cannot_take_all_logs_of_a_node() {
        await(test.create("ex1.0.1", "d1", shell("seq 1 100000; sleep 60")));
        until(() -> await(test.engine.lastLines(test.list().get(0).id(), 1)).contains("100000"));
        var refused = new CopyOnWriteArrayList<LogChunk>();
        // each has credit for one piece and then waits
        for (int i = 0; i <= 2 * LogsFollow.MOST_OF_ONE_NODE; i++) {
            containers.followLogs(new LogsFollow("a~" + i, "d1", 0, null, true, -1, 1), chunk -> {
                if (chunk.end()) {
                    refused.add(chunk);
                }
            });
        }
        until(() -> !refused.isEmpty());
        assertThat(refused)
                .singleElement()
                .satisfies(chunk -> assertThat(chunk.error()).contains("128 logs already"));
        containers.followLogs(new LogsFollow("b~1", "d1", 0, null, true, 2, 16), chunks::add);
        until(() -> text().contains("100000"));
    }

    /** The engine begins a new file of its log three times meanwhile, and keeps them all. */
    @Test
    void long_lines_are_followed_as_they_were_written() {
        await(test.create(
                "ex1.0.1",
                "d1",
                shell("for n in 3000 16384 40000; do head -c $n /dev/zero | tr '\\0' 'a '; echo; done; sleep 1;"
                        + " echo a b; echo -n no end")));
        follow(true, -1, 1_000_000);
        until(() -> chunks.stream().anyMatch(LogChunk::end));
        assertThat(text())
                .isEqualTo("a".repeat(3000) + "\n" + "a".repeat(16_384) + "\n" + "a".repeat(40_000) + "\na b\nno end");
    }

    @Test
    void a_followed_log_is_whole_across_the_engines_files() {
        await(test.create(
                "ex1.0.1",
                "d1",
                shell("i=0; while [ $i -lt 6 ]; do seq 1 50000; sleep 0.3; i=$((i+1)); done; echo END")));
        follow(true, -1, 1_000_000);
        until(() -> chunks.stream().anyMatch(LogChunk::end));
        assertThat(text().lines()).hasSize(300_001);
        assertThat(text()).endsWith("\nEND\n");
    }

    @Test
    void where_the_engine_has_forgotten_lines_that_is_said() {
        await(test.create("ex1.0.1", "d1", shell("echo begun; sleep 2; seq 1 1500000; echo END")));
        follow(true, -1, 1);
        until(() -> text().contains("begun"));
        // nobody takes anything meanwhile
        until(() -> await(test.engine.lastLines(test.list().get(0).id(), 1)).contains("END"));
        follow(true, -1, 1_000_000);
        until(() -> chunks.stream().anyMatch(LogChunk::end));
        String text = text();
        assertThat(List.of(text.startsWith("begun\n"), text.contains(LogTail.MISSING), text.endsWith("\nEND\n")))
                .as("megabytes of lines, which are not printed")
                .containsOnly(true);
    }

    @Test
    void a_stopped_stream_says_nothing_more() {
        await(test.create("ex1.0.1", "d1", shell("while true; do echo again; sleep 0.1; done")));
        follow(true, 1, 1_000_000);
        until(() -> chunks.size() > 2);
        containers.stopLogs("s1");
        containers.stopLogs("s1");
        int told = chunks.size();
        Awaitility.await().during(java.time.Duration.ofMillis(400)).until(() -> chunks.size() <= told + 1);
        assertThat(chunks).noneMatch(LogChunk::end);
    }

    @Test
    void the_log_of_a_deployment_that_is_not_here_ends_at_once_and_says_why() {
        follow(true, 10, 1);
        until(() -> !chunks.isEmpty());
        assertThat(chunks.get(0).end()).isTrue();
        assertThat(chunks.get(0).error()).contains("d1 has no container on this node");
    }

    @Test
    void the_log_so_far_of_a_job_whose_container_is_still_to_be_made_is_empty() {
        containers.followLogs(new LogsFollow("s1", null, null, "job_a.0.1", false, -1, 10), chunks::add);
        until(() -> !chunks.isEmpty());
        assertThat(chunks).singleElement().satisfies(only -> {
            assertThat(only.end()).isTrue();
            assertThat(only.error()).isNull();
            assertThat(only.chunk()).isNullOrEmpty();
        });
    }
}
