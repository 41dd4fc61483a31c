package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.node.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions over REST, over a real store. */
@Timeout(60)
abstract class ExecutionApiRig {
    static final String CHECK = "{'command':'system.healthCheck','data':{'size':1}}";

    @TempDir
    Path folder;

    Fleet fleet;
    TestServer server;
    /** When the users were made who call. */
    final AtomicReference<Instant> since = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var callers = new CallerIdentity(name -> Future.succeededFuture(since.get()));
        server = new TestServer(List.of(
                new ExecutionResource(
                        fleet.executions,
                        new CompletionWaiters(fleet.vertx, fleet.executions, InstantSource.system(), true),
                        fleet,
                        fleet.deployments::get,
                        fleet.files::get,
                        callers,
                        fleet.keys),
                new StepFileResource(
                        fleet.executions,
                        fleet.files,
                        new LogStreams(fleet.vertx, new ChattyWorker(3), fleet, Duration.ofMillis(50)),
                        callers)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        return server.call("POST", path, "operator", body.replace('\'', '"'), headers);
    }

    JsonObject get(String path) {
        return new JsonObject(server.call("GET", path, "viewer", null).body());
    }

    JsonObject made(String steps) {
        var answer = post("/api/executions", "{'start':true,'steps':[" + steps + "]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body());
    }
}
