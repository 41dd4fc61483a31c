package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a model file to an engine that answers, for real: the file is uploaded, both workers, one on the event bus and one on
 * WebSocket, fetch it from the controller, and each runs an engine with it. Needs a Docker Engine, node, npm and the built jar.
 */
@Timeout(900)
class EngineDeploymentIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    static AiwmFleet fleet;
    static AiwmClient api;
    static TinyModels models;
    static String image;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        image = LlamaImage.tag();
        models = TinyModels.in(folder.resolve("tiny"));
        fleet = new AiwmFleet(folder);
        api = fleet.api;
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (fleet != null) {
            int left = fleet.containers();
            fleet.close();
            assertThat(left).as("containers left behind").isZero();
        }
    }

    @Test
    void a_model_is_uploaded_deployed_asked_updated_and_kept_while_it_is_used() throws Exception {
        upload(TinyModels.F16);
        upload(TinyModels.Q8_0);
        alias(1);

        JsonObject made = api.expect(201, api.post("/api/deployments", chat()));
        String id = made.getString("id");
        JsonObject running = becomes(id, 1, 2);
        assertThat(nodes(running)).containsExactlyInAnyOrder(AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET);
        assertThat(running.getJsonObject("model").getInteger("number")).isEqualTo(1);
        for (String address : addresses(running)) {
            assertThat(answer(address)).isEqualTo(TinyModels.ANSWER.strip());
            assertThat(context(address)).isEqualTo(1_024);
        }
        holdsNoSignature(made.getJsonArray("executionIds"));
        JsonObject used = api.expect(409, api.delete("/api/models/tiny/versions/1"));
        assertThat(used.encode()).contains("chat (" + id + ")");

        api.expect(202, api.call("PATCH", "/api/deployments/" + id, new JsonObject("{\"engine\":{\"context\":2048}}")));
        JsonObject larger = becomes(id, 2, 2);
        assertThat(larger.getJsonObject("rollout").getString("state")).isEqualTo("DONE");
        for (String address : addresses(larger)) {
            assertThat(context(address)).isEqualTo(2_048);
        }

        JsonObject same = body(larger);
        assertThat(api.expect(202, api.put("/api/deployments/" + id, same)).getInteger("generation"))
                .isEqualTo(2);
        alias(2);
        api.expect(202, api.put("/api/deployments/" + id, same));
        JsonObject quantised = becomes(id, 3, 2);
        assertThat(quantised.getJsonObject("model").getInteger("number")).isEqualTo(2);
        assertThat(answer(addresses(quantised).get(0))).isEqualTo(TinyModels.ANSWER.strip());
        api.expect(204, api.delete("/api/models/tiny/versions/1"));
        api.expect(409, api.delete("/api/models/tiny"));

        api.expect(202, api.delete("/api/deployments/" + id));
        await().atMost(PATIENCE).until(() -> api.get("/api/deployments/" + id).status() == 404);
        api.expect(204, api.delete("/api/models/tiny"));
    }

    private static JsonObject chat() {
        return new JsonObject()
                .put("name", "chat")
                .put("model", new JsonObject().put("name", "tiny").put("version", "stable"))
                .put(
                        "engine",
                        new JsonObject()
                                .put("type", "llamacpp")
                                .put("context", 1_024)
                                .put("parallel", 2)
                                .put("image", image))
                .put("replicas", 2)
                .put("maxPerNode", 1)
                .put("spec", new JsonObject().put("pullPolicy", "never"));
    }

    private static JsonObject body(JsonObject shown) {
        var body = new JsonObject();
        for (String field : List.of("name", "spec", "model", "engine", "replicas", "maxPerNode")) {
            body.put(field, shown.getValue(field));
        }
        return body;
    }

    private void upload(String file) throws IOException {
        byte[] content = Files.readAllBytes(models.file(file));
        api.expect(
                201,
                api.upload(
                        "/api/models/upload?name=tiny&task=text-generation&path=" + file + "&sha256="
                                + Sha256.hex(content),
                        content));
    }

    private void alias(int version) {
        api.expect(200, api.put("/api/models/tiny/aliases/stable", new JsonObject().put("version", version)));
    }

    /** When all of its replicas are ready and of this generation. */
    private JsonObject becomes(String id, int generation, int replicas) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            var answer = api.get("/api/deployments/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo("RUNNING");
            assertThat(answer.json().getInteger("generation")).as(answer.text()).isEqualTo(generation);
            assertThat(answer.json().getJsonArray("instances"))
                    .as(answer.text())
                    .hasSize(replicas)
                    .allSatisfy(one -> {
                        assertThat(((JsonObject) one).getInteger("generation")).isEqualTo(generation);
                        assertThat(((JsonObject) one).getBoolean("ready")).isTrue();
                    });
        });
        return api.get("/api/deployments/" + id).json();
    }

    private static List<String> nodes(JsonObject deployment) {
        return deployment.getJsonArray("instances").stream()
                .map(one -> ((JsonObject) one).getString("nodeId"))
                .toList();
    }

    private static List<String> addresses(JsonObject deployment) {
        return deployment.getJsonArray("instances").stream()
                .map(one -> ((JsonObject) one)
                        .getJsonArray("addresses")
                        .getJsonObject(0)
                        .getString("address"))
                .toList();
    }

    /** A container runs before its engine has read the model. */
    private static String answer(String address) throws Exception {
        await().atMost(Duration.ofMinutes(1))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> send(HttpRequest.newBuilder(URI.create("http://" + address + "/health")))
                                .statusCode()
                        == 200);
        var body = new JsonObject()
                .put("model", "tiny")
                .put(
                        "messages",
                        new JsonArray().add(new JsonObject().put("role", "user").put("content", "Hi")));
        var request = HttpRequest.newBuilder(URI.create("http://" + address + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
        JsonObject answer = new JsonObject(send(request).body());
        return answer.getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content")
                .strip();
    }

    private static int context(String address) throws Exception {
        return await().atMost(Duration.ofMinutes(1))
                .ignoreExceptions()
                .until(
                        () -> new JsonObject(send(HttpRequest.newBuilder(URI.create("http://" + address + "/props")))
                                        .body())
                                .getJsonObject("default_generation_settings")
                                .getInteger("n_ctx"),
                        found -> found > 0);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static void holdsNoSignature(JsonArray executions) {
        assertThat(executions).hasSize(2);
        executions.forEach(id -> {
            String shown = api.get("/api/executions/" + id).text();
            assertThat(shown).contains("model.download").doesNotContain("signature", "/objects/");
        });
        assertThat(fleet.controller.output()).doesNotContain("signature=");
        fleet.workers.values().forEach(worker -> assertThat(worker.output()).doesNotContain("signature="));
    }
}
