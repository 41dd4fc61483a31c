package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** How a job as a process ends: cancelled, at its deadline, killed, or while its worker is away. */
class ProcessEndTest extends ProcessRig {
    @Test
    void a_cancel_ends_all_it_started_even_what_does_not_listen_or_left_its_session() throws IOException {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running = begin(
                handler("jobs"),
                id,
                shell("trap '' TERM; echo $$ > pids; sleep 300 & echo $! >> pids;"
                                + " setsid sh -c 'echo $$ >> pids; exec sleep 300' > /dev/null 2>&1 & echo begun; wait")
                        .put("graceMs", 300),
                cancel.future());
        Path pids = sandbox.folder(id).resolve("work/pids");
        await().until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == 3);
        List<Long> processes =
                Files.readAllLines(pids).stream().map(Long::valueOf).toList();
        cancel.complete();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.cancelled);
        assertThat(shelf.log(failure.output)).isEqualTo("begun\n");
        await().untilAsserted(() -> assertThat(processes)
                .noneMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()));
    }

    @Test
    void one_that_listens_to_the_request_to_end_may_do_so() {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running = begin(
                handler("jobs"),
                id,
                shell("trap 'echo saved; exit 0' TERM; echo begun; while :; do sleep 0.05; done"),
                cancel.future());
        await().until(() -> Files.exists(sandbox.folder(id).resolve("log"))
                && Files.size(sandbox.folder(id).resolve("log")) > 0);
        cancel.complete();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(shelf.log(failure.output)).startsWith("begun\n").endsWith("saved\n");
        assertThat(failure.output.getInteger("exitCode")).isZero();
    }

    /** It needs two seconds on TERM: more than a worker may leave it without overtime. */
    private static final String SAVES =
            "trap 'sleep 2; echo saved > state; echo saved; exit 0' TERM; echo begun; while :; do sleep 0.05; done";

    @Test
    void at_its_deadline_it_is_told_to_end_and_has_its_grace_from_then_on() {
        var command = new Command(
                nextId(),
                "job.run",
                shell(SAVES).put("graceMs", 30_000).put("overtimeMs", 90_000),
                Instant.now().plusSeconds(2),
                (percent, words) -> {},
                NEVER);
        var failure = catchThrowableOfType(
                CommandFailure.class, () -> handler("jobs").run(command).await());
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.timeout);
        assertThat(shelf.log(failure.output)).startsWith("begun\n").endsWith("saved\n");
        assertThat(failure.output.getInteger("exitCode")).isZero();
    }

    @Test
    void a_cancel_gives_it_all_of_its_grace() {
        var stops = new StopsOf(sandbox);
        var handler = new JobHandler(vertx, null, stops, shelf.transfers, folder.resolve("jobs"), Clock.systemUTC());
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running = begin(
                handler, id, shell("sleep 300").put("graceMs", 60_000).put("overtimeMs", 120_000), cancel.future());
        await().until(() -> stops.awaited);
        cancel.complete();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.cancelled);
        assertThat(stops.graces).containsExactly(Duration.ofSeconds(60));
    }

    @Test
    void what_it_saves_when_it_is_cancelled_is_kept_and_the_next_attempt_goes_on_from_there() throws IOException {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var data = shell("[ -e state ] && cat state latest in && exit 0; trap 'echo saved > state; exit 0' TERM; mkdir"
                        + " ckpt; echo 42 > ckpt/1; ln -s ckpt/1 latest; echo begun; while :; do sleep 0.05; done")
                .put("overtimeMs", 90_000)
                .put("outputs", new JsonArray(List.of("state", "latest", "ckpt", "in")));
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in"));
            out.write("given".getBytes(StandardCharsets.UTF_8));
        }
        data.put("inputs", shelf.keep("in-first", zip.toByteArray()));
        var running = begin(handler("jobs"), id, data, cancel.future());
        await().until(() -> Files.exists(sandbox.folder(id).resolve("log"))
                && Files.size(sandbox.folder(id).resolve("log")) > 0);
        cancel.complete();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(shelf.outputs(failure.output)).containsOnlyKeys("ckpt/1", "in", "latest", "state");
        var output = run(data.put("resume", shelf.resume(failure.output)));
        assertThat(shelf.log(output)).isEqualTo("saved\n42\ngiven");
    }

    /** As on a full disk: neither its log nor how it ended can be written. */
    @Test
    void how_it_ended_is_told_even_if_this_worker_cannot_write_it_down() throws IOException {
        String id = nextId();
        var handler = handler("jobs");
        var running = begin(handler, id, shell("while [ ! -e go ]; do sleep 0.05; done; echo said; exit 4"), NEVER);
        await().until(() -> kept(id).begun());
        Path own = folder.resolve("jobs").resolve(Sha256.hex(id).substring(0, 20));
        Files.createDirectories(own.resolve("log/taken"));
        Files.delete(own.resolve("started"));
        Files.createDirectories(own.resolve("started/taken"));
        Files.createFile(sandbox.folder(id).resolve("work/go"));
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
        assertThat(failure.output.getInteger("exitCode")).isEqualTo(4);
        assertThat(failure.output.getJsonArray("warnings").encode()).contains("the log could not be kept");
        assertThat(sandbox.commands().await()).as("until the controller has it").contains(id);
        handler.sweep(List.of()).await();
        assertThat(sandbox.commands().await()).isEmpty();
    }

    /** The process's own folder is full: the program goes on without its log, and its exit code is still known. */
    @Test
    @EnabledIf("mayMount")
    void on_a_full_disk_the_exit_code_is_kept_and_the_program_goes_on() throws Exception {
        Path small = Files.createDirectories(folder.resolve("small"));
        command("mount", "-t", "tmpfs", "-o", "size=256k", "none", small.toString());
        try {
            var full = new ProcessSandbox(vertx, small);
            var handler = new JobHandler(vertx, null, full, shelf.transfers, folder.resolve("jobs"), Clock.systemUTC());
            String id = nextId();
            var failure = catchThrowableOfType(
                    CommandFailure.class,
                    () -> begin(handler, id, shell("head -c 1000000 /dev/zero; echo more; exit 3"), NEVER)
                            .await());
            assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
            assertThat(failure.output.getInteger("exitCode")).isEqualTo(3);
            assertThat(failure.output.getJsonObject("log").getBoolean("truncated"))
                    .isTrue();
        } finally {
            command("umount", small.toString());
        }
    }

    static boolean mayMount() throws Exception {
        Path trial = Files.createTempDirectory("aiwm-mount");
        boolean may = command("mount", "-t", "tmpfs", "none", trial.toString()) == 0
                && command("umount", trial.toString()) == 0;
        Files.delete(trial);
        return may;
    }

    private static int command(String... words) throws Exception {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void a_worker_that_comes_back_adopts_it_and_starts_nothing_twice() {
        String id = nextId();
        var data = shell("echo once >> runs; sleep 1; cat runs; exit 6");
        // what a worker has done by the time it is killed
        var job = new Job(id, Json.decode(data, JobCommand.class));
        sandbox.make(job, List.of(), folder, null, null).await();
        sandbox.start(job, folder.resolve("log")).await();
        var failure = catchThrowableOfType(
                CommandFailure.class,
                () -> begin(handler("jobs"), id, data, NEVER).await());
        assertThat(failure.output.getInteger("exitCode")).isEqualTo(6);
        assertThat(shelf.log(failure.output)).isEqualTo("once\n");
        var again = catchThrowableOfType(
                CommandFailure.class,
                () -> begin(handler("jobs"), id, data, NEVER).await());
        assertThat(again.output).isEqualTo(failure.output);
    }

    @Test
    void one_whose_group_was_killed_ends_as_killed() throws Exception {
        String id = nextId();
        var running = begin(handler("jobs"), id, shell("sleep 300"), NEVER);
        await().until(() -> kept(id).begun());
        long session = kept(id).session();
        new ProcessBuilder("sh", "-c", "kill -s KILL -- -" + session).start().waitFor();
        var failure = catchThrowableOfType(CommandFailure.class, running::await);
        assertThat(failure.output.getInteger("exitCode")).isEqualTo(ShimState.KILLED);
    }
}
