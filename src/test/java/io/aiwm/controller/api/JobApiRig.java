package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.controller.secret.RegistryPasswords;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jobs over REST, over a real store, with one node and a worker that prints three lines. */
@Timeout(60)
abstract class JobApiRig {
    @TempDir
    Path folder;

    final Scheduler scheduler = NodesByHand.scheduler();
    final ChattyWorker worker = new ChattyWorker(3);
    Fleet fleet;
    LogStreams logs;
    TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        logs = new LogStreams(fleet.vertx, worker, fleet, Duration.ofMillis(50));
        worker.gateway = logs::accept;
        var jobs = new Jobs(fleet.executions, fleet, fleet.files, Fleet.JOBS, RegistryPasswords.WITHOUT_SECRETS);
        server = new TestServer(List.of(
                new JobResource(
                        jobs,
                        new JobExplainer(jobs, scheduler),
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

    HttpResponse<String> post(String path, String body, String... headers) {
        return server.call("POST", path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    JsonObject get(String path) {
        var answer = server.call("GET", path, "viewer", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    JsonObject made(String body) {
        var answer = post("/api/jobs", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }

    String madeId(String name) {
        return made("{'image':'busybox','name':'" + name + "'}").getString("id");
    }

    List<String> refused(int status, String path, String body) {
        var answer = post(path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body())
                .getJsonArray("errors", new JsonArray()).stream()
                        .map(error -> ((JsonObject) error).getString("pointer"))
                        .toList();
    }

    static List<String> ids(JsonObject page) {
        return page.getJsonArray("items").stream()
                .map(item -> ((JsonObject) item).getString("id"))
                .toList();
    }

    JsonObject get(String path, String user) {
        return new JsonObject(server.call("GET", path, user, null).body());
    }

    /** The worker has begun, and has not said that it is done. */
    void begun(String id) {
        var command = new CommandId(id, 0, 1);
        TestServer.await(
                fleet.executions.acknowledged(command, "n1", new CommandAck(null, command.toString(), true, null)));
    }

    static <T> CompletableFuture<T> meanwhile(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work);
    }
}
