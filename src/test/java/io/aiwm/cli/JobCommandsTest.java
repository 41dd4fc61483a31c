package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.api.DrainResource;
import io.aiwm.controller.api.JobFileResource;
import io.aiwm.controller.api.JobResource;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.drain.DrainRig;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.file.FilesByHand;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code aiwm jobs} at a real API, over a real store. */
@Timeout(60)
class JobCommandsTest {
    @TempDir
    Path folder;

    private final Terminal terminal = new Terminal();
    private Fleet fleet;
    private TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var worker = new ChattyWorker(3);
        var logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofMillis(50));
        worker.gateway = logs::accept;
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        server = new TestServer(List.of(
                new JobResource(
                        jobs,
                        new JobExplainer(jobs, NodesByHand.scheduler()),
                        fleet.files,
                        logs,
                        fleet.executions,
                        new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true),
                        fleet.keys),
                new JobFileResource(jobs, fleet.files, logs)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private int run(String... arguments) {
        return terminal.run(server.port, folder, arguments);
    }

    private String done(String... arguments) {
        assertThat(run(arguments)).as(complained()).isZero();
        return terminal.said();
    }

    private String complained() {
        return terminal.complained();
    }

    private String submitted(String... more) {
        return done(java.util.stream.Stream.concat(
                                java.util.stream.Stream.of("jobs", "submit", "--image", "busybox", "-o", "name"),
                                java.util.stream.Stream.of(more))
                        .toArray(String[]::new))
                .strip();
    }

    @Test
    void a_job_is_submitted_by_words_with_what_it_needs() {
        String id = submitted(
                "--name",
                "train",
                "--cpu",
                "0.5",
                "--memory",
                "1GiB",
                "--priority",
                "high",
                "--env",
                "A=b=c",
                "--",
                "echo",
                "-n",
                "hi");
        JsonObject job = new JsonObject(done("jobs", "show", id, "-o", "json"));
        assertThat(job.getString("name")).isEqualTo("train");
        assertThat(job.getJsonArray("command"))
                .isEqualTo(new JsonArray().add("echo").add("-n").add("hi"));
        assertThat(job.getInteger("priority")).isEqualTo(75);
        assertThat(job.getJsonObject("env")).isEqualTo(new JsonObject().put("A", "b=c"));
        assertThat(job.getJsonObject("requirements").getDouble("cpu")).isEqualTo(0.5);
        assertThat(job.getJsonObject("requirements").getLong("memoryBytes")).isEqualTo(1L << 30);
    }

    @Test
    void a_job_is_submitted_from_a_file_or_from_what_is_piped_in() {
        terminal.input = "{\"image\":\"busybox\",\"name\":\"piped\"}";
        assertThat(done("jobs", "submit", "--file", "-")).startsWith("job job_").contains(" is ");
        assertThat(done("jobs", "list", "--name", "piped", "-o", "name")).startsWith("job_");
        terminal.input = "nothing";
        assertThat(run("jobs", "submit", "--file", "-")).isEqualTo(2);
        assertThat(complained()).isEqualTo("aiwm: - is not a JSON object\n");
    }

    @Test
    void what_is_wrong_is_named_and_has_its_exit_code() {
        assertThat(run("jobs", "submit")).isEqualTo(2);
        assertThat(complained()).isEqualTo("aiwm: submit needs --image or --file, and not both\n");
        assertThat(run("jobs", "submit", "--image", "b", "--env", "x")).isEqualTo(2);
        assertThat(complained()).isEqualTo("aiwm: --env is NAME=VALUE, not x\n");
        assertThat(run("jobs", "submit", "--image", "b", "--memory", "8 apples"))
                .isEqualTo(1);
        assertThat(complained()).contains("/memoryBytes");
        assertThat(run("jobs", "show", "job_none")).isEqualTo(3);
        assertThat(complained()).contains("job_none");
        assertThat(run("jobs", "logs", "job_none", "--attempt", "x")).isEqualTo(2);
        assertThat(complained()).contains("--attempt is a number");
        assertThat(run("jobs", "list", "--status", "BOGUS")).isEqualTo(1);
        assertThat(complained()).contains("status");
    }

    @Test
    void jobs_are_listed_shown_and_their_logs_printed() {
        String first = submitted("--name", "one");
        String second = submitted("--name", "two");
        String[] lines = done("jobs", "list").split("\n");
        assertThat(lines[0].split(" +")).containsExactly("ID", "NAME", "STATUS", "NODE", "AGE", "WHY");
        assertThat(lines[1]).startsWith(second).contains("two", "ASSIGNED", "n1");
        assertThat(lines[2]).startsWith(first);
        var found = new JsonObject(
                server.call("GET", "/api/jobs?q=ON", "viewer", null).body());
        assertThat(found.getJsonArray("items").getJsonObject(0).getString("id")).isEqualTo(first);
        assertThat(found.getInteger("totalSize")).isEqualTo(1);
        assertThat(done("jobs", "list", "--count", "1", "-o", "name")).isEqualTo(second + "\n");
        assertThat(done("jobs", "list", "--text", "ON", "-o", "name")).isEqualTo(first + "\n");
        FilesByHand.arrived(fleet.files, folder, first, new CommandId(first, 0, 1).toString(), FileKind.log, "a\nb\n");
        fleet.work(first);
        assertThat(done("jobs", "show", first)).startsWith("job " + first + " one is COMPLETED\nATTEMPT  NODE");
        assertThat(done("jobs", "logs", first)).isEqualTo("a\nb\n");
        assertThat(done("jobs", "logs", first, "--tail", "1", "--attempt", "1", "-f"))
                .isEqualTo("b\n");
    }

    @Test
    void several_are_cancelled_and_run_again_and_one_that_is_refused_stops_no_other() {
        String first = submitted();
        String second = submitted();
        fleet.work(first, command -> new CommandError(ErrorCategory.EXIT, "exit code 3", false));
        assertThat(run("jobs", "cancel", first, second, "--reason", "wrong input"))
                .isEqualTo(6);
        assertThat(complained()).contains(first);
        assertThat(terminal.said()).isEqualTo("job " + second + " is being cancelled\n");
        assertThat(done("jobs", "retry", first)).isEqualTo("job " + first + " runs again\n");
        fleet.work(first);
        assertThat(run("jobs", "retry", first)).as("it completed").isEqualTo(6);
    }

    @Test
    void nodes_are_drained_until_they_are_empty() {
        server.close();
        try (var rig = new DrainRig(folder.resolve("drain"), "n1", "n2")) {
            server = new TestServer(List.of(new DrainResource(rig.drains)));
            rig.step(null, null);
            assertThat(done("nodes", "drain", "n1", "--deadline", "10m", "--message", "kernel", "--detach"))
                    .isEqualTo("node n1: 1 still there, 0 on their way, 0 can go nowhere else, 0 have left\n");
            assertThat(done("nodes", "drain", "n1", "--stop")).isEqualTo("the drain of node n1 is ended\n");
            assertThat(done("nodes", "drain", "n2"))
                    .endsWith("node n2 is empty and closed; aiwm nodes uncordon n2 opens it\n");
            assertThat(run("nodes", "drain", "n1", "--deadline", "soon")).isEqualTo(2);
            assertThat(complained()).isEqualTo("aiwm: --deadline is a time such as 90s, 10m or 2h, not soon\n");
            assertThat(run("nodes", "drain", "n1", "--deadline", "1h", "--no-deadline"))
                    .isEqualTo(2);
            assertThat(run("nodes", "drain", "nobody")).isEqualTo(3);
        }
    }
}
