package io.aiwm.worker.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Json;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.JobCommand;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.worker.command.Command;
import io.aiwm.worker.command.CommandFailure;
import io.aiwm.worker.container.ContainerPolicy;
import io.aiwm.worker.container.ContainerSandbox;
import io.aiwm.worker.container.EngineContainer;
import io.aiwm.worker.container.JobPlanner;
import io.aiwm.worker.job.FileShelf;
import io.aiwm.worker.job.Job;
import io.aiwm.worker.job.JobHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs in real containers: what they may do, what they may not, and what is left of them. */
@Timeout(90)
class JobSandboxIT {
    private static final Future<Void> NEVER = Future.future(never -> {});
    private static EngineFixture fixture;
    private static FileShelf shelf;
    private static int count;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        fixture = new EngineFixture();
        shelf = new FileShelf(fixture.vertx);
    }

    @AfterAll
    static void stop() {
        if (fixture != null) {
            fixture.close();
        }
    }

    @AfterEach
    void nothingStaysBehind() {
        assertThat(fixture.containers()).as("containers").isZero();
        assertThat(EngineFixture.await(fixture.engine.volumes(fixture.owner.labels())))
                .as("volumes")
                .isEmpty();
    }

    /** Its container is made and started, and no handler waits for it. */
    private Job begun(String id, JsonObject data) {
        var job = new Job(id, Json.decode(data, JobCommand.class));
        EngineFixture.await(sandbox().make(job, List.of(), folder, command(id, data, NEVER, 60), null));
        EngineFixture.await(sandbox().start(job, folder.resolve("begun.log")));
        return job;
    }

    private JobHandler handler() {
        return new JobHandler(
                fixture.vertx, sandbox(), null, shelf.transfers, folder.resolve("jobs"), Clock.systemUTC());
    }

    private static ContainerSandbox sandbox() {
        var docker = new Config.Docker(true, fixture.socket, Duration.ofSeconds(10), 0, 0, null, null);
        var planner = new JobPlanner(new ContainerPolicy(EngineFixture.STRICT, fixture.socket), docker, fixture.owner);
        return new ContainerSandbox(fixture.vertx, fixture.engine, planner, fixture.owner, Set.of());
    }

    private static JsonObject shell(String script) {
        return new JsonObject()
                .put("jobId", "job-1")
                .put("image", TestImages.WEB + ":1")
                .put("memoryBytes", 64 << 20)
                .put("command", new JsonArray(List.of("sh", "-c", script)));
    }

    private static String nextId() {
        return "ex_job.0." + ++count;
    }

    private static Command command(String id, JsonObject data, Future<Void> cancelled, int seconds) {
        return new Command(
                id, CommandNames.JOB_RUN, data, Instant.now().plusSeconds(seconds), (percent, words) -> {}, cancelled);
    }

    private Future<JsonObject> begin(JobHandler handler, Command command) {
        Promise<JsonObject> done = Promise.promise();
        try {
            handler.run(command).onComplete(done);
        } catch (CommandFailure refused) {
            done.fail(refused);
        }
        return done.future();
    }

    private JsonObject run(JsonObject data) {
        return EngineFixture.await(begin(handler(), command(nextId(), data, NEVER, 60)));
    }

    private CommandFailure fails(JsonObject data) {
        return EngineFixture.failure(begin(handler(), command(nextId(), data, NEVER, 60)));
    }

    private String containerOf(String commandId) {
        return fixture.owner.containerName(commandId);
    }

    private void awaitRunning(String commandId) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> EngineFixture.await(fixture.engine.inspect(containerOf(commandId)))
                        .filter(EngineContainer::running)
                        .isPresent());
    }

    @Test
    void a_job_is_nobody_in_a_closed_box_and_may_write_to_its_work_directory_and_tmp() {
        var output = run(shell("""
            exec 2>&1 # one stream, or lines of both could run into each other
            id -u; id -g; echo $PWD; echo $HOME
            echo a > /work/a && echo a > /tmp/a && echo may write
            echo a > /a || echo root is closed
            echo a > /etc/a || echo etc is closed
            ls /sys/class/net
            wget -q -O - http://172.17.0.1/ || echo no network
            grep Cap /proc/self/status
            grep NoNewPrivs /proc/self/status
            echo $AIWM_JOB_ID $AIWM_COMMAND_ID $AIWM_ATTEMPT $INDEX\
            """).put("env", new JsonObject().put("INDEX", "7")));
        assertThat(shelf.log(output).lines().toList())
                .as(shelf.log(output))
                .containsSubsequence("65534", "65534", "/work", "/work", "may write")
                .contains("root is closed", "etc is closed", "lo", "no network")
                .contains("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1")
                .contains("job-1 ex_job.0." + count + " " + count + " 7")
                .doesNotContain("eth0");
        assertThat(output.getInteger("exitCode")).isZero();
        assertThat(output.getJsonObject("log").getBoolean("truncated")).isFalse();
    }

    @Test
    void it_reads_what_it_is_given_to_its_end_and_nothing_unless_it_is_given_something() {
        String input = "{\"text\":\"" + "é\\n ".repeat(60_000) + "\"}";
        String length = String.valueOf(input.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
        for (int i = 0; i < 5; i++) {
            var output = run(
                    shell("sleep 0.$((AIWM_ATTEMPT % 2)); wc -c; cat; echo end").put("stdin", input));
            assertThat(shelf.log(output).lines().map(String::strip)).containsExactly(length, "end");
        }
        assertThat(shelf.log(run(shell("cat").put("stdin", "")))).isEmpty();
        assertThat(shelf.log(run(shell("cat; echo nothing")))).isEqualTo("nothing\n");
        // it does not read, and ends all the same
        assertThat(run(shell("exit 0").put("stdin", input)).getInteger("exitCode"))
                .isZero();
    }

    @Test
    void it_has_the_memory_limits_groups_and_init_process_that_it_names() {
        var output = run(shell("""
            cat /proc/1/comm
            df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2
            df -k /tmp | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2
            df -k /scratch/a | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2
            echo a > /scratch/a/b && echo may write
            ulimit -Sn; ulimit -Hn; id -G
            sh -c 'true & exec true'; sleep 1
            echo zombies $(grep -l 'State:.Z' /proc/[0-9]*/status | wc -l)\
            """)
                .put("shmBytes", 32 << 20)
                .put("init", true)
                .put("ulimits", JsonArray.of(new JsonObject("{\"name\":\"nofile\",\"soft\":512,\"hard\":1024}")))
                .put("tmpfs", JsonArray.of(new JsonObject("{\"target\":\"/scratch/a\",\"sizeBytes\":2097152}")))
                .put("ipc", "private")
                .put("groups", JsonArray.of(4001, 4002)));
        assertThat(shelf.log(output).lines())
                .as(shelf.log(output))
                .containsExactly(
                        "docker-init",
                        "32768",
                        "65536",
                        "2048",
                        "may write",
                        "512",
                        "1024",
                        "65534 4001 4002",
                        "zombies 0");
    }

    @Test
    void an_image_whose_program_is_a_loop_of_links_is_the_jobs_fault_and_not_the_nodes() {
        String image = TestImages.WEB + ":link-loop";
        String maker = "aiwm-test-link-loop";
        TestImages.run(null, null, "rm", "-f", maker);
        TestImages.run(
                null, null, "run", "--name", maker, TestImages.WEB + ":1", "sh", "-c", "busybox ln -s loop /bin/loop");
        TestImages.run(null, null, "commit", maker, image);
        TestImages.run(null, null, "rm", "-f", maker);
        try {
            var failure = fails(shell("").put("image", image).put("command", new JsonArray(List.of("/bin/loop"))));
            assertThat(failure.error.category()).isEqualTo(ErrorCategory.INVALID);
        } finally {
            TestImages.run(null, null, "rmi", "-f", image);
        }
    }

    @Test
    void a_fork_bomb_ends_at_its_pids_limit_and_the_machine_goes_on() {
        var failure = fails(shell("i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; echo all of them")
                .put("pidsLimit", 20)
                .put("graceMs", 0));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
        assertThat(shelf.log(failure.output)).contains("fork").doesNotContain("all of them");
    }

    @Test
    void memory_over_the_limit_is_resource_exhausted_and_names_oom_and_the_limit() {
        var failure = fails(shell("tail /dev/zero").put("memoryBytes", 16 << 20));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(failure.error.message()).contains("OOM").contains(String.valueOf(16 << 20));
        assertThat(failure.error.retryable()).isFalse();
        assertThat(failure.output.getBoolean("oomKilled")).isTrue();
    }

    @Test
    void limits_nobody_named_are_half_a_gibibyte_and_one_core() {
        String id = nextId();
        var data = shell("sleep 60").put("graceMs", 0);
        data.remove("memoryBytes");
        Promise<Void> cancel = Promise.promise();
        var running = begin(handler(), command(id, data, cancel.future(), 60));
        awaitRunning(id);
        String limits = TestImages.run(
                        null,
                        null,
                        "inspect",
                        "-f",
                        "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}}"
                                + " {{.HostConfig.PidsLimit}}",
                        containerOf(id))
                .output();
        cancel.complete();
        EngineFixture.failure(running);
        assertThat(limits.strip()).isEqualTo("536870912 536870912 1000000000 256");
    }

    @Test
    void the_gpus_it_was_promised_are_the_gpus_it_is_given() {
        var job = new JobPlanner(
                        new ContainerPolicy(EngineFixture.STRICT, fixture.socket),
                        new Config.Docker(true, fixture.socket, Duration.ofSeconds(10), 0, 0, null, null),
                        fixture.owner)
                .plan(new Job(
                        "ex.0.1",
                        Json.decode(
                                shell("true")
                                        .put(
                                                "claim",
                                                new JsonObject()
                                                        .put("cpu", 2)
                                                        .put("memoryBytes", 1 << 30)
                                                        .put(
                                                                "gpus",
                                                                new JsonArray()
                                                                        .add(new JsonObject()
                                                                                .put("index", 3)
                                                                                .put("memoryBytes", 1))
                                                                        .add(new JsonObject()
                                                                                .put("index", 5)
                                                                                .put("memoryBytes", 1)))),
                                JobCommand.class)));
        var devices = DockerRequests.hostConfig(job, null).getDeviceRequests();
        assertThat(devices)
                .singleElement()
                .satisfies(request -> assertThat(request.getDeviceIds()).containsExactly("3", "5"));
        assertThat(job.limits().cpu()).isEqualTo(2);
    }

    @Test
    void a_failure_says_the_exit_code_and_the_last_lines_and_keeps_log_and_outputs() {
        var failure = fails(shell("echo made > made.txt; echo this is why >&2; exit 3")
                .put("outputs", new JsonArray(List.of("made.txt"))));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.EXIT);
        assertThat(failure.error.message()).contains("exit code 3").contains("this is why");
        assertThat(failure.output.getInteger("exitCode")).isEqualTo(3);
        assertThat(shelf.log(failure.output)).isEqualTo("this is why\n");
        assertThat(shelf.outputs(failure.output)).containsExactly(Map.entry("made.txt", "made\n"));
    }

    @Test
    void inputs_go_in_and_outputs_come_out() throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("deep/er/in.txt"));
            out.write("hello".getBytes(StandardCharsets.UTF_8));
            out.putNextEntry(new ZipEntry("big"));
            out.write(new byte[1_000_000]);
        }
        var output = run(shell("""
            cat deep/er/in.txt && echo x > deep/er/beside && mkdir -p out/sub
            tr a-z A-Z < deep/er/in.txt > out/sub/UP; echo 1 > out/1.csv; echo 2 > out/2.log
            busybox ln -s /etc/passwd out/sub/link; busybox mkfifo out/sub/pipe; wc=$(cat big | busybox wc -c); echo $wc\
            """)
                .put("inputs", shelf.keep("in-1", zip.toByteArray()))
                .put("outputs", new JsonArray(List.of("out/*.csv", "**/UP", "out/sub", "none/*"))));
        assertThat(shelf.log(output)).contains("hello").contains("1000000");
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("out/1.csv", "1\n"), Map.entry("out/sub/UP", "HELLO"));
        assertThat(output.getJsonObject("outputs").getInteger("files")).isEqualTo(2);
        assertThat(output.getJsonArray("warnings").encode()).contains("none/*").contains("2 entries are links");
    }

    @Test
    void hard_links_are_files_and_links_that_stay_in_the_work_directory_are_kept() {
        var output = run(shell("""
            busybox mkdir -p ckpt/1 && echo d > a && busybox ln a model.bin && busybox ln a model.copy && echo w > ckpt/1/w
            busybox ln -s 1 ckpt/latest; busybox ln -s ckpt/latest/w best; busybox ln -s $PWD/a full
            busybox ln -s /etc/passwd out; busybox ln -s ../../etc out2; busybox ln -s ckpt/../../x out3; busybox ln -s /etc ckpt/etc\
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
        var output =
                run(shell("busybox mkdir -p run/42; echo m > run/42/m; busybox ln -s run/42 latest; busybox ln -s /etc"
                                + " away; busybox ln -s . here")
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
                        "busybox mkdir -p s/t x; echo d > s/a; echo e > s/t/b; busybox ln -s s ld; busybox ln -s ../s"
                                + " x/in; busybox ln -s /etc away; busybox ln -s gone lost")
                .put("outputs", new JsonArray(List.of("ld/*", "x/*.none", "x/in/t/*", "away/pass*", "lost/*"))));
        assertThat(shelf.outputs(output))
                .containsExactly(Map.entry("ld/a", "d\n"), Map.entry("ld/t/b", "e\n"), Map.entry("x/in/t/b", "e\n"));
        assertThat(output.getJsonArray("warnings").encode())
                .contains("1 entries are links")
                .contains("nothing fits \\\"lost/*\\\"")
                .doesNotContain("nothing fits \\\"ld/*\\\"")
                .doesNotContain("nothing fits \\\"x/in/t/*\\\"");
    }

    /** The work directory has to be read for it, and that takes far longer than there is. */
    @Test
    void a_program_that_ended_is_told_in_time_whatever_size_it_leaves_and_no_thread_is_lost() {
        for (String wanted : List.of("s*", "big")) {
            var data = shell("busybox truncate -s 400G big; echo 1 > small")
                    .put("overtimeMs", 90_000)
                    .put("outputs", new JsonArray(List.of(wanted)));
            Instant begun = Instant.now();
            var failure = EngineFixture.failure(begin(handler(), command(nextId(), data, NEVER, 2)));
            assertThat(Instant.now()).as(wanted).isBefore(begun.plusSeconds(2 + 17));
            assertThat(failure.output.getInteger("exitCode")).as(wanted).isZero();
            assertThat(failure.error.category()).as(wanted).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
            assertThat(failure.error.retryable()).isFalse();
            assertThat(Thread.getAllStackTraces().entrySet().stream()
                            .filter(thread -> thread.getKey().getName().startsWith("aiwm-docker-slow-"))
                            .filter(thread -> Arrays.stream(thread.getValue())
                                    .anyMatch(call -> call.getMethodName().equals("read"))))
                    .as("threads that read what nobody waits for")
                    .isEmpty();
        }
    }

    @Test
    void outputs_that_are_too_large_fail_the_job_and_the_log_is_kept() {
        var failure = fails(shell("echo done; head -c 300000 /dev/urandom > out")
                .put("outputs", new JsonArray(List.of("out")))
                .put("outputLimitBytes", 100_000));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.RESOURCE_EXHAUSTED);
        assertThat(failure.error.message()).contains("100000");
        assertThat(shelf.log(failure.output)).isEqualTo("done\n");
    }

    @Test
    void of_a_long_log_the_end_is_kept() {
        var output = run(shell("seq 1 20000").put("logLimitBytes", 1_000));
        assertThat(shelf.log(output)).hasSize(1_000).endsWith("19999\n20000\n");
        assertThat(output.getJsonObject("log").getBoolean("truncated")).isTrue();
        assertThat(output.getJsonObject("log").getLong("droppedBytes")).isEqualTo(108_894 - 1_000);
    }

    @Test
    void what_it_saves_when_it_is_cancelled_is_kept_and_the_next_attempt_goes_on_from_there() throws IOException {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var data = shell("[ -e state ] && cat state latest in && exit 0; trap 'echo saved > state; exit 0' TERM;"
                        + " busybox mkdir ckpt; echo 42 > ckpt/1; busybox ln -s ckpt/1 latest; echo begun; while"
                        + " :; do sleep 0.05; done")
                .put("overtimeMs", 90_000)
                .put("outputs", new JsonArray(List.of("state", "latest", "ckpt", "in")));
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("in"));
            out.write("given".getBytes(StandardCharsets.UTF_8));
        }
        data.put("inputs", shelf.keep("in-first", zip.toByteArray()));
        var running = begin(handler(), command(id, data, cancel.future(), 60));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> EngineFixture.await(fixture.engine.inspect(containerOf(id)))
                                .filter(EngineContainer::running)
                                .isPresent()
                        && EngineFixture.await(fixture.engine.lastLines(containerOf(id), 1))
                                .contains("begun"));
        cancel.complete();
        var failure = EngineFixture.failure(running);
        assertThat(shelf.outputs(failure.output)).containsOnlyKeys("ckpt/1", "in", "latest", "state");
        var output = run(data.put("resume", shelf.resume(failure.output)));
        assertThat(shelf.log(output)).isEqualTo("saved\n42\ngiven");
    }

    /** The engine's log holds a part of it only: each line takes ten times its room there. */
    @Test
    void a_log_that_fits_the_limit_is_kept_whole_however_much_the_engine_writes_around_it() {
        var output = run(shell("seq 1 300000").put("logLimitBytes", 3 << 20));
        assertThat(shelf.log(output).lines().toList())
                .hasSize(300_000)
                .startsWith("1")
                .endsWith("300000");
        assertThat(output.getJsonObject("log").getBoolean("truncated")).isFalse();
    }

    @Test
    void of_one_whose_worker_came_back_it_is_said_when_the_engine_may_have_forgotten_some() {
        String id = nextId();
        var data = shell("seq 1 300000").put("logLimitBytes", 3 << 20);
        EngineFixture.await(sandbox().ended(begun(id, data)));
        var output = EngineFixture.await(begin(handler(), command(id, data, NEVER, 60)));
        assertThat(shelf.log(output)).endsWith("300000\n");
        assertThat(output.getJsonObject("log").getBoolean("truncated")).isTrue();
    }

    @Test
    void at_its_deadline_a_job_is_told_to_end_and_has_its_grace_from_then_on() {
        var data = shell("trap 'sleep 4; echo saved; exit 0' TERM; echo begun; while :; do sleep 0.1; done")
                .put("graceMs", 30_000)
                .put("overtimeMs", 90_000);
        var failure = EngineFixture.failure(begin(handler(), command(nextId(), data, NEVER, 4)));
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.timeout);
        assertThat(shelf.log(failure.output)).isEqualTo("begun\nsaved\n");
        assertThat(failure.output.getInteger("exitCode")).isZero();
    }

    @Test
    void a_cancelled_job_is_really_stopped_and_keeps_its_log() {
        String id = nextId();
        Promise<Void> cancel = Promise.promise();
        var running =
                begin(handler(), command(id, shell("echo begun; sleep 60").put("graceMs", 0), cancel.future(), 60));
        awaitRunning(id);
        cancel.complete();
        var failure = EngineFixture.failure(running);
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.cancelled);
        assertThat(shelf.log(failure.output)).isEqualTo("begun\n");
    }

    @Test
    void one_that_is_cancelled_before_it_began_leaves_nothing() {
        assertThat(EngineFixture.failure(
                                begin(handler(), command(nextId(), shell("sleep 60"), Future.succeededFuture(), 60)))
                        .error
                        .category())
                .isEqualTo(ErrorCategory.CONFLICT);
    }

    @Test
    void at_its_deadline_a_job_is_stopped_and_its_log_is_there_in_time() {
        Instant deadline = Instant.now().plusSeconds(6);
        var failure = EngineFixture.failure(
                begin(handler(), command(nextId(), shell("echo begun; sleep 60").put("graceMs", 0), NEVER, 6)));
        assertThat(failure.outcome).isEqualTo(CommandResult.Outcome.timeout);
        assertThat(shelf.log(failure.output)).isEqualTo("begun\n");
        assertThat(Instant.now()).isBefore(deadline.plusSeconds(3));
    }

    @Test
    void a_second_worker_process_adopts_what_runs_and_starts_nothing_twice() {
        String id = nextId();
        var data = shell("echo $(date +%s%N) >> /work/starts; sleep 2; cat /work/starts | busybox wc -l");
        // what a worker has done by the time it is killed
        begun(id, data);
        var second = begin(handler(), command(id, data, NEVER, 60));
        var output = EngineFixture.await(second);
        assertThat(shelf.log(output).strip()).isEqualTo("1");
        assertThat(EngineFixture.await(begin(handler(), command(id, data, NEVER, 60))))
                .as("asked a third time, it says what it said")
                .isEqualTo(output);
    }

    @Test
    void one_that_ended_while_no_worker_was_there_still_has_its_exit_code_log_and_outputs() {
        String id = nextId();
        var data = shell("echo made > made.txt; echo bye; exit 4").put("outputs", new JsonArray(List.of("*.txt")));
        var job = begun(id, data);
        EngineFixture.await(sandbox().ended(job));
        var failure = EngineFixture.failure(begin(handler(), command(id, data, NEVER, 60)));
        assertThat(failure.output.getInteger("exitCode")).isEqualTo(4);
        assertThat(shelf.log(failure.output)).isEqualTo("bye\n");
        assertThat(shelf.outputs(failure.output)).containsOnlyKeys("made.txt");
    }

    @Test
    void a_sweep_removes_what_is_left_of_others_and_nothing_of_the_active() {
        String id = nextId();
        var data = shell("sleep 60").put("graceMs", 0);
        Promise<Void> cancel = Promise.promise();
        var running = begin(handler(), command(id, data, cancel.future(), 60));
        awaitRunning(id);
        var other = handler();
        EngineFixture.await(other.sweep(List.of(id)));
        assertThat(fixture.containers()).isOne();
        EngineFixture.await(other.sweep(List.of()));
        assertThat(fixture.containers()).isZero();
        cancel.complete();
        EngineFixture.failure(running);
    }

    @Test
    void what_it_may_not_have_is_refused_before_anything_is_made() {
        for (var wrong : Map.<String, Object>of(
                        "network", "host",
                        "user", "root",
                        "workDir", "/etc/x",
                        "image", "not an image",
                        "outputs", new JsonArray(List.of("../up")),
                        "memoryBytes", 1,
                        "runtime", "process")
                .entrySet()) {
            var failure = fails(shell("true").put(wrong.getKey(), wrong.getValue()));
            assertThat(failure.error.category()).as(wrong.getKey()).isIn(ErrorCategory.INVALID, ErrorCategory.POLICY);
            assertThat(failure.error.message()).contains(wrong.getKey().equals("runtime") ? "image" : wrong.getKey());
        }
        assertThat(fails(shell("true").put("env", new JsonObject().put("LD_PRELOAD", "/x")))
                        .error
                        .message())
                .startsWith("env.LD_PRELOAD");
    }

    @Test
    void a_hostile_archive_is_invalid_and_costs_no_container() {
        var failure = fails(shell("true")
                .put(
                        "inputs",
                        shelf.keep("in-2", "no archive at all".repeat(100).getBytes(StandardCharsets.UTF_8))));
        assertThat(failure.error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(failure.error.message()).contains("inputs");
    }
}
