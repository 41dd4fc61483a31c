package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.log.TalkingWorkers;
import io.aiwm.controller.metrics.Histories;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.controller.store.DocumentStore.Document;
import io.aiwm.inference.usage.CallMetrics;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replica {@code i} of the deployment is on node {@code n<i>}, with container {@code c<i>}. */
@Timeout(60)
abstract class ReplicaLogsRig {
    @TempDir
    Path folder;

    final TalkingWorkers workers = new TalkingWorkers();
    Fleet fleet;
    LogStreams logs;
    TestServer server;

    @BeforeEach
    void open() {
        fleet = new Fleet(folder);
        fleet.node("n0", NodeStatus.IDLE);
        logs = new LogStreams(fleet.vertx, workers, fleet, Duration.ofSeconds(30));
        workers.gateway = logs::accept;
        server = new TestServer(List.of(new DeploymentWatchResource(
                fleet.deployments,
                logs,
                new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.now::get),
                new InferenceMetrics(new CallMetrics(fleet.now::get), fleet.vertx, "c1", List::of),
                Histories.of(
                        fleet.vertx,
                        fleet.store,
                        fleet.now::get,
                        new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.now::get)),
                fleet.now::get)));
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    String deployment(int replicas) {
        var asked = new JsonObject()
                .put("name", "web")
                .put("replicas", replicas)
                .put("spec", new JsonObject().put("image", "web:1"));
        String id = TestServer.await(fleet.deployments.create(DeploymentRequest.of(asked), "test"))
                .id();
        change(
                id,
                record -> record.getJsonArray("instances").forEach(one -> {
                    int index = ((JsonObject) one).getInteger("index");
                    ((JsonObject) one).put("state", "RUNNING").put("container", container(index, "c" + index));
                }));
        return id;
    }

    static JsonObject container(int index, String id) {
        return new JsonObject()
                .put("nodeId", "n" + index)
                .put("containerId", id)
                .put("commandId", "ex.0.1")
                .put("state", "running")
                .put("ports", new JsonArray());
    }

    /** As if another controller had written it. */
    void change(String id, Consumer<JsonObject> change) {
        String collection = Deployments.COLLECTION.name();
        Document seen = TestServer.await(fleet.store.get(collection, id));
        var json = new JsonObject(seen.json());
        change.accept(json);
        json.put("version", seen.version() + 1);
        assertThat(TestServer.await(
                        fleet.store.replaceIf(collection, new Document(id, seen.version() + 1, json.encode()))))
                .isTrue();
    }

    static String path(String id, String query) {
        return "/api/deployments/" + id + "/logs" + query;
    }

    /** Begins to read, as a client that reads a line at a time. */
    BufferedReader reading(String path, String accept) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + path))
                .header("Authorization", "Bearer viewer")
                .header("Accept", accept)
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    BufferedReader reading(String path) throws IOException, InterruptedException {
        return reading(path, "text/plain");
    }
}
