package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.http.Problems;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStream;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.metrics.Histories;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.CallMetrics;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever reads logs of a node leaves room for the others, by whatever route. */
@Timeout(60)
class LogSharesTest {
    @TempDir
    Path folder;

    private final ChattyWorker worker = new ChattyWorker(3);
    private final List<LogStream> held = new ArrayList<>();
    private Fleet fleet;
    private LogStreams logs;
    private TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofSeconds(30));
        var scheduler = NodesByHand.scheduler();
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        var waiters = new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true);
        server = new TestServer(List.of(
                new DeploymentResource(
                        fleet.deployments,
                        new DeploymentPlacing(fleet.deployments, scheduler),
                        new InUseCheck(() -> GatewayConfig.EMPTY),
                        fleet.keys),
                new DeploymentWatchResource(
                        fleet.deployments,
                        logs,
                        new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.now::get),
                        new InferenceMetrics(new CallMetrics(fleet.now::get), fleet.vertx, "c1", List::of),
                        Histories.of(
                                fleet.vertx,
                                fleet.store,
                                fleet.now::get,
                                new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.now::get)),
                        fleet.now::get),
                new JobResource(
                        jobs,
                        new JobExplainer(jobs, scheduler),
                        fleet.files,
                        logs,
                        fleet.executions,
                        waiters,
                        fleet.keys),
                new JobFileResource(jobs, fleet.files, logs),
                new StepFileResource(
                        fleet.executions,
                        fleet.files,
                        logs,
                        new CallerIdentity(name -> Future.succeededFuture(Instant.EPOCH)))));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private JsonObject made(String path, String body) {
        var answer = server.call("POST", path, "operator", body.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }

    private String job() {
        return made("/api/jobs", "{'image':'busybox'}").getString("id");
    }

    /** The worker has begun, and has not said that it is done. */
    private void begun(String id) {
        var command = new CommandId(id, 0, 1);
        TestServer.await(
                fleet.executions.acknowledged(command, "n1", new CommandAck(null, command.toString(), true, null)));
    }

    private String deployment() {
        var made = made("/api/deployments", "{'name':'web','spec':{'image':'web:1'}}");
        fleet.work(made.getString("executionId"));
        String path = "/api/deployments/" + made.getString("id");
        await().until(() -> server.call("GET", path, "viewer", null).body().contains("\"RUNNING\""));
        return made.getString("id");
    }

    /** Follows so many silent logs. */
    private void follow(String user, int count) {
        worker.gateway = (node, chunk) -> {};
        for (int i = 0; i < count; i++) {
            held.add(TestServer.await(logs.openJob(
                    fleet.vertx.getOrCreateContext(),
                    user,
                    new LogStreams.JobLog("n1", "ex_" + i + ".0.1", true, -1, false))));
        }
        held.forEach(stream -> stream.handler(chunk -> {}));
        worker.gateway = logs::accept;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/deployments/{deployment}/logs",
                "/api/jobs/{job}/logs",
                "/api/jobs/{job}/logs?follow=true",
                "/api/executions/{job}/steps/0/logs",
                "/api/executions/{job}/steps/0/logs?follow=true&tail=3"
            })
    void one_user_is_told_to_close_one_and_another_reads_until_all_places_are_taken(String route) {
        String job = route.contains("{job}") ? job() : null;
        if (job != null) {
            begun(job);
        }
        String path = job == null ? route.replace("{deployment}", deployment()) : route.replace("{job}", job);
        follow("viewer", 16);

        for (String accept : List.of("text/plain", "text/event-stream", "application/x-ndjson")) {
            var refused = server.call("GET", path, "viewer", null, "Accept", accept);
            assertThat(Problems.problem(refused, 429, "limited").getString("detail"))
                    .isEqualTo("you read 16 logs of node n1 already; close one first");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("5");
        }

        follow("operator", 16);
        follow("user3", 16);
        follow("user4", 16);
        var refused = server.call("GET", path, "admin", null);
        assertThat(Problems.problem(refused, 503, "unavailable").getString("detail"))
                .contains("64 logs of node n1 are being read");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();

        held.get(0).close();
        await().until(() -> logs.size() == 63);
        var read = CompletableFuture.supplyAsync(() -> server.call("GET", path, "admin", null));
        await().until(() -> worker.streams() == 65);
        if (job != null) {
            fleet.work(job);
        }
        assertThat(read.join().statusCode()).isEqualTo(200);
        assertThat(read.join().body()).isEqualTo("line 0\nline 1\nline 2\n");
    }

    @Test
    void one_that_begins_when_there_is_no_room_says_why_it_waits_and_comes_then() throws Exception {
        fleet.node("n1", NodeStatus.OFFLINE);
        String id = job();
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port + "/api/jobs/" + id + "/logs?follow=true"))
                .header("Authorization", "Bearer viewer")
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        fleet.node("n1", NodeStatus.IDLE);
        follow("viewer", 16);
        TestServer.await(fleet.executions.look(id));
        begun(id);
        assertThat(lines.readLine())
                .isEqualTo("[aiwm] the log comes when there is room:"
                        + " you read 16 logs of node n1 already; close one first");
        held.get(0).close();
        assertThat(lines.readLine()).isEqualTo("line 0");
        fleet.work(id);
        assertThat(lines.lines()).containsExactly("line 1", "line 2");
    }
}
