package io.aiwm.worker.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.testing.Modes;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.command.NoContainers;
import io.aiwm.worker.job.FileShelf;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Jobs as real processes of this machine. */
@Timeout(60)
class ProcessJobTest {
    private static final Future<Void> NEVER = Future.future(never -> {});

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final FileShelf shelf = new FileShelf(vertx);
    private ProcessSandbox sandbox;
    private int count;

    @BeforeEach
    void open() {
        sandbox = new ProcessSandbox(vertx, folder.resolve("processes"));
    }

    @AfterEach
    void close() throws IOException {
        if (Files.isDirectory(folder.resolve("processes"))) {
            try (var left = Files.list(folder.resolve("processes"))) {
                assertThat(left).as("left behind").isEmpty();
            }
        }
        vertx.close().await();
    }

    private JobHandler handler(String jobs) {
        return new JobHandler(vertx, null, sandbox, shelf.transfers, folder.resolve(jobs), Clock.systemUTC());
    }

    private String nextId() {
        return "ex_p." + ++count + ".1";
    }

    private static JsonObject shell(String script) {
        return new JsonObject()
                .put("jobId", "job-1")
                .put("runtime", "process")
                .put("command", new JsonArray(List.of("sh", "-c", script)));
    }

    private Future<JsonObject> begin(JobHandler handler, String id, JsonObject data, Future<Void> cancelled) {
        var command =
                new Command(id, "job.run", data, Instant.now().plusSeconds(50), (percent, words) -> {}, cancelled);
        return handler.run(command);
    }

    private JsonObject run(JsonObject data) {
        return begin(handler("jobs"), nextId(), data, NEVER).await();
    }

    private CommandFailure fails(JsonObject data) {
        return catchThrowableOfType(CommandFailure.class, () -> run(data));
    }

    private ShimState kept(String id) {
        return new ShimState(sandbox.folder(id));
    }

    @Test
    void it_runs_in_a_folder_of_its_own_with_nothing_but_the_given_variables() {
        var output =
                run(shell("echo $HOME; pwd; env | cut -d= -f1 | sort").put("env", new JsonObject().put("GIVEN", "1")));
        List<String> lines = shelf.log(output).lines().toList();
        assertThat(lines.get(0)).isEqualTo(lines.get(1));
        assertThat(lines.subList(2, lines.size()))
                .contains("GIVEN", "PATH", "HOME", "AIWM_JOB_ID")
                .isSubsetOf(
                        "GIVEN",
                        "PATH",
                        "HOME",
                        "AIWM_JOB_ID",
                        "AIWM_COMMAND_ID",
                        "AIWM_ATTEMPT",
                        "PWD",
                        "OLDPWD",
                        "SHLVL",
                        "_");
    }

    @Test
    void it_reads_what_it_is_given_to_its_end_and_nothing_unless_it_is_given_something() {
        String input = "{\"text\":\"" + "é\\n ".repeat(60_000) + "\"}";
        var output = run(shell("cat | wc -c; echo end").put("stdin", input));
        assertThat(shelf.log(output).lines().map(String::strip))
                .containsExactly(String.valueOf(input.getBytes(StandardCharsets.UTF_8).length), "end");
        assertThat(shelf.log(run(shell("cat; echo nothing")))).isEqualTo("nothing\n");
        assertThat(fails(shell("cat").put("stdin", "a".repeat(600_000))).error.category())
                .isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void nobody_else_can_read_what_it_is_given_and_what_it_writes() throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in/a.txt"));
            out.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        String id = nextId();
        var cancel = Promise.<Void>promise();
        var data = shell("mkdir out; cp in/a.txt out/b; echo begun; touch made; sleep 50")
                .put("graceMs", 100)
                .put("outputs", new JsonArray(List.of("out/*")))
                .put("inputs", shelf.keep("in", zip.toByteArray()));
        var running = begin(handler("jobs"), id, data, cancel.future());
        Path work = sandbox.folder(id).resolve("work");
        await().until(() -> Files.exists(work.resolve("made")));
        assertThat(Modes.openToOthers(folder.resolve("processes"))).isEmpty();
        assertThat(Modes.openToOthers(folder.resolve("jobs"))).isEmpty();
        cancel.complete();
        assertThat(catchThrowableOfType(CommandFailure.class, running::await)).isNotNull();
        assertThat(Modes.openToOthers(folder.resolve("jobs"))).isEmpty();
    }

    @Test
    void its_folder_stays_until_its_result_is_kept_and_no_longer() {
        JobHandler handler = handler("jobs");
        String id = nextId();
        begin(handler, id, shell("echo done"), NEVER).await();
        assertThat(folder.resolve("jobs")).isNotEmptyDirectory();
        handler.resultKept("ex_other.0.1");
        assertThat(folder.resolve("jobs")).isNotEmptyDirectory();
        handler.resultKept(id);
        await().atMost(Duration.ofSeconds(5)).until(() -> {
            try (var left = Files.list(folder.resolve("jobs"))) {
                return left.findAny().isEmpty();
            }
        });
    }

    @Test
    void inputs_outputs_log_and_exit_code_are_as_in_a_container() throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in/a.txt"));
            out.write("hello".getBytes(StandardCharsets.UTF_8));
        }
        var failure = fails(shell("tr a-z A-Z < in/a.txt > up; ln -s /etc/passwd link; echo why >&2; exit 3")
                .put("inputs", shelf.keep("in", zip.toByteArray()))
                .put("outputs", new JsonArray(List.of("up", "link", "none"))));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
        assertThat(failure.error.message()).contains("exit code 3").contains("why");
        assertThat(shelf.outputs(failure.output)).containsExactly(Map.entry("up", "HELLO"));
        assertThat(failure.output.getJsonArray("warnings").encode())
                .contains("none")
                .contains("1 entries are links");
    }

    @Test
    void hard_links_are_files_and_links_that_stay_in_the_work_directory_are_kept() {
        var output = run(shell("""
            mkdir -p ckpt/1 && echo d > a && ln a model.bin && ln a model.copy && echo w > ckpt/1/w
            ln -s 1 ckpt/latest; ln -s ckpt/latest/w best; ln -s $PWD/a full
            ln -s /etc/passwd out; ln -s ../../etc out2; ln -s ckpt/../../x out3; ln -s /etc ckpt/etc\
            """)
                .put("outputs", new JsonArray(List.of("model.*", "ckpt", "best", "full", "out*", "ckpt/etc/passwd"))));
        assertThat(shelf.outputs(output))
                .containsExactly(
                        Map.entry("best", "-> ckpt/latest/w"),
                        Map.entry("ckpt/1/w", "w\n"),
                        Map.entry("ckpt/latest", "-> 1"),
                        Map.entry("full", "-> a"),
                        Map.entry("model.bin", "d\n"),
                        Map.entry("model.copy", "d\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("4 entries are links that lead out of the work directory")
                .contains("what the link \\\"full\\\" leads to");
    }

    @Test
    void a_path_through_a_link_is_followed_inside_the_work_directory_alone() {
        var output = run(shell("mkdir -p run/42; echo m > run/42/m; ln -s run/42 latest; ln -s /etc away; ln -s . here")
                .put("outputs", new JsonArray(List.of("latest/m", "away/passwd", "here/here/run/42/m"))));
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("here/here/run/42/m", "m\n"), Map.entry("latest/m", "m\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("nothing fits")
                .contains("1 entries are links");
    }

    @Test
    void patterns_go_on_below_a_linked_folder_also_one_in_a_folder_that_is_wanted_too() {
        var output = run(shell(
                        "mkdir -p s/t x; echo d > s/a; echo e > s/t/b; ln -s s ld; ln -s ../s x/in; ln -s /etc away;"
                                + " ln -s gone lost")
                .put("outputs", new JsonArray(List.of("ld/*", "x/*.none", "x/in/t/*", "away/pass*", "lost/*"))));
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("ld/a", "d\n"), Map.entry("ld/t/b", "e\n"), Map.entry("x/in/t/b", "e\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("1 entries are links")
                .contains("nothing fits \\\"lost/*\\\"")
                .doesNotContain("nothing fits \\\"ld/*\\\"")
                .doesNotContain("nothing fits \\\"x/in/t/*\\\"");
    }

    /** Packing what it left would take many minutes. */
    @Test
    void collecting_ends_at_the_deadline_and_an_honest_job_after_it_has_its_outputs() {
        var command = new Command(
                nextId(),
                "job.run",
                shell("truncate -s 400G large").put("outputs", new JsonArray(List.of("a*".repeat(24) + "b", "large"))),
                Instant.now().plusSeconds(4),
                (percent, words) -> {},
                NEVER);
        var late = catchThrowableOfType(
                CommandFailure.class, () -> handler("jobs").run(command).await());
        assertThat(late.error.category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(late.error.message()).contains("could not be collected");
        assertThat(late.output.getInteger("exitCode")).isZero();
        assertThat(late.output.getJsonObject("outputs")).isNull();
        var honest = run(shell("echo good > out").put("outputs", new JsonArray(List.of("out"))));
        assertThat(shelf.outputs(honest)).containsExactly(Map.entry("out", "good\n"));
    }

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
        var containers = new WithProcesses(new NoContainers("none"), sandbox, new ProcessLogs(vertx, sandbox));
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
