package io.aiwm;

import static io.aiwm.testing.FleetDeployments.addresses;
import static io.aiwm.testing.FleetDeployments.instances;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TinyModels;
import io.aiwm.testing.TusClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** From a model file to three replicas of a real engine on three workers that answer a chat. */
@Timeout(300)
class ModelServingIT {
    private static final String MODEL = "tus";
    private static final int PORT = 8080;
    private static final String HEALTHY =
            "fetch('http://127.0.0.1:8080/health').then(is => process.exit(is.ok ? 0 : 1), () => process.exit(1))";

    @RegisterExtension
    static final RunningFleet FLEET =
            RunningFleet.of(1, 2, Map.of("AIWM_WORKER_POLICY_ALLOWED_DOWNLOAD_HOSTS", "127.0.0.1"));

    @TempDir
    Path folder;

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();

    @Test
    void a_model_is_uploaded_named_deployed_three_times_and_answers() throws Exception {
        Path file = TinyModels.in(folder.resolve("models")).file(TinyModels.Q8_0);
        upload(file);
        answersThreeTimes(deployments.create(byUrl(Sha256.hex(file))));
        answersThreeTimes(deployments.create(byAlias()));
        assertThat(api.delete("/api/models/" + MODEL).status()).isBetween(200, 204);
    }

    private void answersThreeTimes(String id) {
        JsonObject three = deployments.untilAllReady(id, 1);
        assertThat(instances(three).map(one -> one.getString("nodeId")).distinct())
                .hasSize(3);
        assertThat(addresses(three))
                .hasSize(3)
                .allSatisfy(address -> assertThat(chat(address)).isEqualTo(TinyModels.ANSWER));
        deployments.nothingElseRuns(id);
        deployments.delete(id);
    }

    /** What an engine template makes of the version that the alias means. */
    private static JsonObject byAlias() {
        return new JsonObject()
                .put("name", "chat")
                .put("replicas", 3)
                .put("maxPerNode", 1)
                .put("model", new JsonObject().put("name", MODEL).put("version", "stable"))
                .put(
                        "engine",
                        new JsonObject()
                                .put("type", "llamacpp")
                                .put("context", 2048)
                                .put("parallel", 2)
                                .put("image", LlamaImage.tag()))
                .put("spec", new JsonObject().put("pullPolicy", "never"));
    }

    private void upload(Path file) throws IOException {
        TusClient.in(folder.resolve("client")).upload(api, file);
        var version = api.expect(200, api.get("/api/models/" + MODEL + "/versions/latest"));
        assertThat(version.getString("state")).as(version.encodePrettily()).isEqualTo("READY");
        api.expect(
                200,
                api.put(
                        "/api/models/" + MODEL + "/aliases/stable",
                        new JsonObject().put("version", version.getInteger("number"))));
    }

    /** A container of the user's own that mounts a file from a URL. */
    private JsonObject byUrl(String sha256) {
        String url = api.expect(
                        200,
                        api.get("/api/models/" + MODEL + "/download-url?version=stable&file=" + TinyModels.Q8_0
                                + "&expiresIn=600"))
                .getString("url");
        String whole = url.startsWith("/") ? api.url(url) : url;
        var model = new JsonObject().put("id", MODEL).put("url", whole).put("sha256", sha256);
        var mounted = new JsonObject().put("name", MODEL);
        var spec = new JsonObject()
                .put("image", LlamaImage.tag())
                .put("pullPolicy", "never")
                .put("command", new JsonArray(List.of("-m", "/mounted/model.gguf", "-c", "4096", "-np", "1")))
                .put("memoryBytes", "512MiB")
                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", PORT)))
                .put(
                        "volumes",
                        new JsonArray()
                                .add(new JsonObject().put("model", mounted).put("target", "/mounted/model.gguf")))
                .put(
                        "healthCheck",
                        new JsonObject()
                                .put("command", new JsonArray(List.of("/usr/bin/node", "-e", HEALTHY)))
                                .put("intervalMs", 2000)
                                .put("retries", 60));
        return new JsonObject()
                .put("name", "chat")
                .put("replicas", 3)
                .put("maxPerNode", 1)
                .put("model", model)
                .put("spec", spec);
    }

    private static String chat(String address) throws IOException, InterruptedException {
        var message = new JsonObject().put("role", "user").put("content", "hi");
        var body = new JsonObject().put("messages", new JsonArray().add(message));
        var request = HttpRequest.newBuilder(URI.create("http://" + address + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }
}
