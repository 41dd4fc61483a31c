package io.aiwm.controller.api;

import static org.awaitility.Awaitility.await;

import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.log.ChattyWorker;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.metrics.Histories;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.scheduler.NodesByHand;
import io.aiwm.controller.scheduler.Scheduler;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.inference.usage.CallMetrics;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Deployments over REST, over a real store, with a worker that prints three hundred lines. */
@Timeout(60)
abstract class DeploymentApiRig {
    static final String WEB = """
        {"name": "web", "spec": {"image": "web:1", "env": {"API_TOKEN": "s3cret", "MODE": "a", "PLAIN": "s3cret"},
         "secretEnv": {"PLAIN": true},
         "registryAuth": {"username": "u", "password": "s3cret"}, "ports": [{"containerPort": 80}]},
         "model": {"url": "https://h.example/m.bin?X-Amz-Signature=s3cret"}}\
        """;

    @TempDir
    Path folder;

    Fleet fleet;
    TestServer server;
    ReplicaMetrics metrics;
    CallMetrics calls;
    final Scheduler scheduler = NodesByHand.scheduler();
    final ChattyWorker worker = new ChattyWorker(300);

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n1", NodeStatus.IDLE);
        var logs = new LogStreams(fleet.vertx, worker, fleet);
        calls = new CallMetrics(fleet.now::get);
        metrics = new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.now::get);
        worker.gateway = logs::accept;
        server = new TestServer(List.of(
                new DeploymentResource(
                        fleet.deployments,
                        new DeploymentPlacing(fleet.deployments, scheduler),
                        new InUseCheck(() -> GatewayConfig.EMPTY),
                        fleet.keys),
                new DeploymentWatchResource(
                        fleet.deployments,
                        logs,
                        metrics,
                        new InferenceMetrics(calls, fleet.vertx, "c1", List::of),
                        Histories.of(fleet.vertx, fleet.store, fleet.now::get, metrics),
                        fleet.now::get)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    HttpResponse<String> call(String method, String path, String body) {
        return server.call(method, path, "operator", body);
    }

    JsonObject get(String id) {
        return new JsonObject(
                server.call("GET", "/api/deployments/" + id, "viewer", null).body());
    }

    String running() {
        var made = new JsonObject(call("POST", "/api/deployments", WEB).body());
        fleet.work(made.getString("executionId"));
        is(made.getString("id"), "RUNNING");
        return made.getString("id");
    }

    void is(String id, String status) {
        await().until(() -> status.equals(get(id).getString("status")));
    }
}
