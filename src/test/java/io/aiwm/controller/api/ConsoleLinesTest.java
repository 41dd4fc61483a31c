package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.event.ConsoleLog;
import io.aiwm.controller.event.OutcomeLog;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the console of a controller shows of what people do, and of what becomes of it. */
@Timeout(60)
class ConsoleLinesTest {
    @TempDir
    Path folder;

    private Fleet fleet;
    private TestServer server;

    /** All classes of tests in this process share the lines of a second: uses them up, and begins the next second. */
    private static void freshSecond() {
        try (var console = new LogLines(ConsoleLog.class)) {
            Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> !isTold(console));
            Awaitility.await().pollInterval(Duration.ofMillis(10)).until(() -> isTold(console));
        }
    }

    private static boolean isTold(LogLines console) {
        int before = console.shown().size();
        ConsoleLog.ours().tell("a line of the tests");
        return console.shown().size() > before;
    }

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var outcomes = new OutcomeLog(ConsoleLog.ours());
        fleet.executions.onWritten(outcomes::execution);
        fleet.deployments.onWritten(outcomes::deployment);
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        var logs = new LogStreams(fleet.vertx, new ChattyWorker(1), fleet, Duration.ofMillis(50));
        var waiters = new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true);
        server = new TestServer(List.of(
                new JobResource(
                        jobs,
                        new JobExplainer(jobs, NodesByHand.scheduler()),
                        fleet.files,
                        logs,
                        fleet.executions,
                        waiters,
                        fleet.keys),
                new DeploymentResource(
                        fleet.deployments,
                        new DeploymentPlacing(fleet.deployments, NodesByHand.scheduler()),
                        new InUseCheck(() -> GatewayConfig.EMPTY),
                        fleet.keys),
                new ExecutionResource(
                        fleet.executions,
                        waiters,
                        fleet,
                        fleet.deployments::get,
                        fleet.files::get,
                        new CallerIdentity(name -> Future.succeededFuture(Instant.EPOCH)),
                        fleet.keys)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private JsonObject post(String path, String body) {
        var answer = server.call("POST", path, "operator", body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return new JsonObject(answer.body());
    }

    private static CommandError wrong(String message) {
        return new CommandError(ErrorCategory.INVALID, message, false);
    }

    @Test
    void actions_and_what_fails_are_told_in_one_line_each_with_who_asked() {
        freshSecond();
        try (var console = new LogLines(ConsoleLog.class)) {
            JsonObject web = post("/api/deployments", "{'name':'web','spec':{'image':'web:1'}}");
            String id = web.getString("id");
            fleet.work(web.getString("executionId"), command -> wrong("the image is broken"));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(console.shown())
                            .anyMatch(line -> line.startsWith("WARN deployment " + id + " (web) is FAILED: ")
                                    && line.contains("the image is broken")
                                    && line.endsWith("(last action by operator)")));
            String check = post("/api/executions", "{'start':true,'steps':[{'command':'system.healthCheck'}]}")
                    .getString("id");
            fleet.work(check, command -> wrong("no health"));
            server.call("GET", "/api/executions", "operator", null);
            server.call("DELETE", "/api/deployments/" + id, "operator", null);
            assertThat(console.shown())
                    .contains(
                            "INFO operator: createDeployment /api/deployments -> 201 /api/deployments/" + id,
                            "WARN execution " + check + " FAILED: no health (asked for by operator)",
                            "INFO operator: createExecution /api/executions -> 201 /api/executions/" + check)
                    .anyMatch(line -> line.startsWith("INFO operator: deleteDeployment /api/deployments/" + id))
                    .noneMatch(line -> line.contains("listExecutions"))
                    .hasSize(5);
        }
    }

    @Test
    void a_plan_changes_nothing_and_is_not_told() {
        freshSecond();
        try (var console = new LogLines(ConsoleLog.class)) {
            post("/api/jobs/plan", "{'image':'busybox'}");
            assertThat(console.shown()).isEmpty();
            post("/api/jobs", "{'image':'busybox'}");
            assertThat(console.shown()).hasSize(1);
        }
    }

    @Test
    void who_signs_in_is_told_and_who_does_not_without_any_password() {
        freshSecond();
        String body = "{\"username\":\"ann\",\"password\":\"%s\"}";
        try (var console = new LogLines(ConsoleLog.class);
                var refusals = new LogLines(AuthResource.class)) {
            server.call("POST", "/api/auth/login", null, body.formatted(TestServer.PASSWORD));
            server.call("POST", "/api/auth/login", null, body.formatted("guessed-it"));
            server.call(
                    "POST", "/api/auth/login", null, "{\"username\":\"my-password-by-mistake\",\"password\":\"x\"}");
            assertThat(console.shown()).containsExactly("INFO ann signed in from 127.0.0.1");
            assertThat(refusals.shown())
                    .containsExactly("WARN a sign-in from 127.0.0.1 is refused: wrong name or password");
        }
    }
}
