package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.NoContainers;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The log of a job as a process, and what is refused of one. */
class ProcessJobTest extends ProcessRig {
    @Test
    void its_log_is_bounded_while_it_runs_and_the_end_is_kept() throws IOException {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running = begin(
                handler("jobs"),
                id,
                shell("head -c 40000000 /dev/zero | tr '\\0' 'x'; echo; echo the end; sleep 300")
                        .put("logLimitBytes", 5_000)
                        .put("graceMs", 0),
                cancel.future());
        Path log = sandbox.folder(id).resolve("log");
        await().until(() -> Files.exists(log) && Files.readString(log).endsWith("the end\n"));
        assertThat(Files.size(log) + Files.size(log.resolveSibling("log.1"))).isLessThan(22_000_000);
        cancel.complete();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(shelf.log(failure.output)).hasSize(5_000).contains("\nthe end\n");
        assertThat(failure.output.getJsonObject("log").getBoolean("truncated")).isTrue();
        assertThat(failure.output.getJsonObject("log").getLong("droppedBytes"))
                .isGreaterThanOrEqualTo(40_000_000L + "\nthe end\n".length() - 5_000);
    }

    /** Each of its lines is a write of its own, and the reader between it and the file takes them one by one. */
    @Test
    void of_many_small_writes_nothing_is_lost_that_fits_the_limit() {
        var output = run(shell("i=0; while [ $i -lt 30000 ]; do echo $i; i=$((i+1)); done"));
        assertThat(shelf.log(output).lines()).hasSize(30_000);
        assertThat(output.getJsonObject("log").getBoolean("truncated")).isFalse();
    }

    @Test
    void its_log_can_be_followed_while_it_runs() {
        String id = nextId();
        var running = begin(handler("jobs"), id, shell("echo one; echo two; sleep 3; echo three"), NEVER);
        await().until(() -> kept(id).begun());
        var containers = new CombinedContainers(new NoContainers("none"), sandbox, new ProcessLogs(vertx, sandbox));
        assertThat(containers.running().await()).singleElement().satisfies(one -> {
            assertThat(one.commandId()).isEqualTo(id);
            assertThat(one.jobId()).isEqualTo("job-1");
            assertThat(one.state()).isEqualTo("running");
        });
        var chunks = new CopyOnWriteArrayList<LogChunk>();
        containers.followLogs(new LogsFollow("s1", null, null, id, true, -1, 16), chunks::add);
        await().untilAsserted(
                        () -> assertThat(text(chunks)).as(chunks.toString()).contains("two\n"));
        await().until(() -> text(chunks).equals("one\ntwo\nthree\n"));
        running.await();
        containers.stopLogs("s1");
    }

    @Test
    void one_controller_cannot_take_all_logs_of_a_node() {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running = begin(handler("jobs"), id, shell("echo one; sleep 300").put("graceMs", 0), cancel.future());
        await().until(() -> kept(id).begun());
        var logs = new ProcessLogs(vertx, sandbox);
        var ends = new CopyOnWriteArrayList<LogChunk>();
        for (int i = 0; ends.isEmpty(); i++) {
            assertThat(i).as("how many one controller has").isLessThanOrEqualTo(128);
            logs.follow(new LogsFollow("a~" + i, null, null, id, true, -1, 16), chunk -> {
                if (chunk.end()) {
                    ends.add(chunk);
                }
            });
        }
        assertThat(ends.get(0).error()).contains("128 logs already");
        var other = new CopyOnWriteArrayList<LogChunk>();
        logs.follow(new LogsFollow("b~1", null, null, id, true, -1, 16), other::add);
        await().until(() -> text(other).equals("one\n"));
        cancel.complete();
        assertThat(catchThrowableOfType(CommandFailure.class, running::await).outcome)
                .isEqualTo(CommandResult.Outcome.cancelled);
    }

    private static String text(List<LogChunk> chunks) {
        return chunks.stream().map(LogChunk::chunk).collect(Collectors.joining());
    }

    @Test
    void what_only_a_container_has_is_refused() {
        for (var wrong : Map.<String, Object>of(
                        "image", "x:1",
                        "user", "1000",
                        "workDir", "/data",
                        "claim", new JsonObject().put("gpus", new JsonArray().add(new JsonObject().put("index", 0))))
                .entrySet()) {
            var failure = fails(shell("true").put(wrong.getKey(), wrong.getValue()));
            assertThat(failure).as(wrong.getKey()).isNotNull();
            assertThat(failure.error.category()).isIn(ErrorCategory.INVALID, ErrorCategory.POLICY);
        }
    }

    @Test
    void a_worker_that_does_not_allow_processes_says_so() {
        var strict = new JobHandler(vertx, null, null, shelf.transfers, folder.resolve("jobs"), Clock.systemUTC());
        var failure = catchThrowableOfType(
                CommandFailure.class,
                () -> begin(strict, nextId(), shell("true"), NEVER).await());
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.POLICY);
        assertThat(failure.error.message()).contains("worker.process.enabled");
    }
}
