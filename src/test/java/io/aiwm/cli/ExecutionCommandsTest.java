package io.aiwm.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.api.CallerIdentity;
import io.aiwm.controller.api.ExecutionResource;
import io.aiwm.controller.api.StepFileResource;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.file.FilesByHand;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileKind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code aiwm executions} at a real API, over a real store. */
@Timeout(60)
class ExecutionCommandsTest {
    private static final String TWO =
            "{'name':'two steps','start':true,'steps':[{'name':'first','command':'system.healthCheck'},"
                    + "{'name':'second','command':'system.healthCheck','dependsOn':[0]}]}";

    @TempDir
    Path folder;

    private final Terminal terminal = new Terminal();
    private Fleet fleet;
    private TestServer server;
    private final ChattyWorker worker = new ChattyWorker(3);

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var callers = new CallerIdentity(name -> Future.succeededFuture(Instant.EPOCH));
        var logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofMillis(50));
        worker.gateway = logs::accept;
        server = new TestServer(List.of(
                new ExecutionResource(
                        fleet.executions,
                        new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true),
                        fleet,
                        fleet.deployments::get,
                        fleet.files::get,
                        callers,
                        fleet.keys),
                new StepFileResource(fleet.executions, fleet.files, logs, callers)));
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
        assertThat(run(arguments)).as(terminal.complained()).isZero();
        return said();
    }

    private String said() {
        return terminal.said();
    }

    private String complained() {
        return terminal.complained();
    }

    private String made(String body) {
        var answer = server.call("POST", "/api/executions", "operator", body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("id");
    }

    /** The second step fails. */
    private void workAndFail(String id) {
        var left = new AtomicInteger(1);
        fleet.work(
                id,
                command ->
                        left.getAndDecrement() > 0 ? null : new CommandError(ErrorCategory.EXIT, "exit code 3", false));
    }

    @Test
    void executions_are_listed_newest_first_by_what_they_are() {
        String first = made(TWO);
        fleet.work(first);
        String second = made("{'steps':[{'command':'system.healthCheck'}]}");
        String[] lines = done("executions", "list").split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[0].split(" +")).containsExactly("ID", "NAME", "CATEGORY", "STATUS", "STEPS", "AGE");
        assertThat(lines[1]).startsWith(second).contains("PENDING", "0/1");
        assertThat(lines[2]).startsWith(first).contains("two steps", "custom", "COMPLETED", "2/2");
        assertThat(done("executions", "list", "--status", "COMPLETED", "-o", "name"))
                .isEqualTo(first + "\n");
        assertThat(done("executions", "list", "--count", "1", "-o", "name")).isEqualTo(second + "\n");
        assertThat(done("executions", "list", "--text", "WO ST", "-o", "name")).isEqualTo(first + "\n");
        assertThat(new JsonObject(done("executions", "list", "--node", "n1", "-o", "json")).getJsonArray("items"))
                .hasSize(1);
        assertThat(run("executions", "list", "--count", "many")).isEqualTo(2);
    }

    @Test
    void one_is_shown_with_its_steps_and_what_went_wrong() {
        String id = made(TWO);
        workAndFail(id);
        String[] lines = done("executions", "show", id).split("\n");
        assertThat(lines[0]).startsWith(id + " two steps is FAILED").contains("exit code 3");
        assertThat(lines[1].split(" +")).containsExactly("STEP", "NAME", "STATUS", "TRY", "NODE", "TOOK", "WHY");
        assertThat(lines[2].split(" +")).contains("0", "first", "COMPLETED", "1", "n1");
        assertThat(lines[3]).contains("second", "FAILED", "exit code 3");
        assertThat(new JsonObject(done("executions", "show", id, "-o", "json")).getString("id"))
                .isEqualTo(id);
        assertThat(run("executions", "show", "ex_none")).isEqualTo(3);
        assertThat(complained()).contains("ex_none");
    }

    @Test
    void following_tells_each_step_and_ends_as_the_execution_did() {
        String id = made(TWO);
        var worker = new Thread(() -> {
            await().until(() -> said().contains("ASSIGNED"));
            fleet.work(id);
        });
        worker.start();
        String told = done("executions", "follow", id);
        assertThat(told)
                .contains("step 0 first  ASSIGNED  on n1\n", "step 0 first  COMPLETED  on n1\n")
                .contains("step 1 second  COMPLETED  on n1\n")
                .endsWith("execution " + id + " is COMPLETED\n");

        String failed = made(TWO);
        workAndFail(failed);
        assertThat(run("executions", "follow", failed)).isEqualTo(1);
        assertThat(said()).contains("step 1 second  FAILED  on n1  exit code 3");
        assertThat(complained()).isEqualTo("aiwm: the execution is FAILED\n");
        run("executions", "follow", failed, "-o", "json");
        assertThat(new JsonObject(said()).getString("status")).isEqualTo("FAILED");
    }

    @Test
    void one_is_started_cancelled_and_retried_by_step() {
        String id = made(TWO.replace("'start':true,", ""));
        assertThat(done("executions", "start", id)).isEqualTo("execution " + id + " has begun\n");
        assertThat(run("executions", "start", id)).isEqualTo(6);
        workAndFail(id);
        assertThat(done("executions", "retry", id, "--step", "1")).isEqualTo("execution " + id + " runs again\n");
        assertThat(fleet.work(id)).containsExactly("system.healthCheck on n1");
        assertThat(done("executions", "retry", id, "--from", "0", "-o", "name")).isEqualTo(id + "\n");
        assertThat(fleet.work(id)).hasSize(2);
        assertThat(run("executions", "retry", id)).as("nothing failed").isEqualTo(6);
        done("executions", "retry", id, "--all");
        assertThat(run("executions", "cancel", "ex_none", id, "ex_neither", "--reason", "wrong input"))
                .as("each is tried, and the first refusal counts")
                .isEqualTo(3);
        assertThat(said()).contains("execution " + id + " is being cancelled");
        assertThat(complained()).contains("ex_none", "ex_neither");
        assertThat(done("executions", "show", id)).contains("wrong input");
        assertThat(run("executions", "retry", id, "--all", "--step", "1")).isEqualTo(2);
        assertThat(run("executions", "retry", id, "--step", "first")).isEqualTo(2);
        assertThat(complained()).contains("--step is a number");
    }

    @Test
    void what_a_program_has_printed_is_printed() {
        String id = made("{'start':true,'steps':[{'command':'job.run','data':{'image':'b'}}]}");
        FilesByHand.arrived(
                fleet.files, folder, id, new CommandId(id, 0, 1).toString(), FileKind.log, "one\n\u001b[2Jtwo\n");
        fleet.work(id);
        assertThat(done("executions", "logs", id)).isEqualTo("one\n\uFFFD[2Jtwo\n");
        assertThat(done("executions", "logs", id, "--step", "0", "--tail", "1")).isEqualTo("\uFFFD[2Jtwo\n");
        assertThat(done("executions", "logs", id, "--follow")).isEqualTo("one\n\uFFFD[2Jtwo\n");
        String lines = "{\"text\":\"one\\n\"}\n{\"text\":\"\\u001B[2Jtwo\\n\"}\n";
        assertThat(done("executions", "logs", id, "-o", "json")).isEqualTo(lines);
        assertThat(done("executions", "logs", id, "--follow", "-o", "json")).isEqualTo(lines);
        assertThat(done("executions", "logs", id, "--timestamps")).isEqualTo("one\n\uFFFD[2Jtwo\n");
        assertThat(complained()).startsWith("aiwm: no times: the log that is kept of what has ended");
        assertThat(run("executions", "logs", id, "--step", "1")).isEqualTo(3);
        assertThat(run("executions", "logs", id, "--step", "10000")).isEqualTo(2);
        assertThat(complained()).isEqualTo("aiwm: --step is a number from 0 to 9999, not 10000\n");
    }

    @Test
    void what_a_program_prints_is_printed_until_its_step_has_ended() {
        assertThat(followed()).isEqualTo("line 0\nline 1\nline 2\n");
        worker.restart();
        assertThat(followed("-t")).isEqualTo("""
                        2026-11-28T10:00:00.123456789Z line 0
                        2026-11-28T10:00:01.123456789Z line 1
                        2026-11-28T10:00:02.123456789Z line 2
                        """);
        assertThat(complained()).isEmpty();
        worker.restart();
        assertThat(followed("-o", "json", "-t")).startsWith("""
                        {"stream":"stdout","text":"line 0\\n","times":["2026-11-28T10:00:00.123456789Z"]}
                        """);
        worker.restart();
        assertThat(followed("-o", "json")).isEqualTo("""
                        {"stream":"stdout","text":"line 0\\n"}
                        {"stream":"stdout","text":"line 1\\n"}
                        {"stream":"stdout","text":"line 2\\n"}
                        """);
    }

    /** Follows the log of a step that runs, and ends when all has been printed. */
    private String followed(String... options) {
        String id = made("{'start':true,'steps':[{'command':'job.run','data':{'image':'b'}}]}");
        String command = new CommandId(id, 0, 1).toString();
        TestServer.await(fleet.executions.acknowledged(
                new CommandId(id, 0, 1), "n1", new CommandAck(null, command, true, null)));
        terminal.forget();
        var ending = new Thread(() -> {
            await().until(() -> said().contains("line 2"));
            fleet.work(id);
        });
        ending.start();
        return done(Stream.concat(Stream.of("executions", "logs", id, "--follow"), Stream.of(options))
                .toArray(String[]::new));
    }
}
