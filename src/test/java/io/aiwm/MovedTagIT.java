package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TestRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tag that is moved in its registry, for real: controller and workers in JVMs of their own, an engine and a registry. */
@Timeout(600)
class MovedTagIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String SERVE = "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";

    @TempDir
    static Path folder;

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    private static TestRegistry registry;

    @BeforeAll
    static void start() {
        registry = new TestRegistry(folder);
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (registry != null) {
            registry.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET})
    void a_restart_that_pulls_takes_the_new_image_and_the_note_about_it_goes(String node) throws Exception {
        String image = registry.name(node + ":tip");
        registry.push(TestImages.web(1), image);
        var made = FLEET.api().expect(201, FLEET.api().post("/api/deployments", web(image, node)));
        String id = made.getString("id");
        becomes(id, "RUNNING", false);

        registry.push(TestImages.web(2), image);
        FLEET.fleet().running(id).forEach(FLEET.fleet()::drawAttention);
        var moved = becomes(id, "RUNNING", true);
        assertThat(page(moved)).isEqualTo("aiwm test web 1\n");

        registry.stop();
        var refused = ended(restart(id, "?pull=true"));
        assertThat(refused.getString("status")).isEqualTo("FAILED");
        assertThat(refused.getJsonObject("error").getString("category")).isEqualTo("image-pull");
        var kept = becomes(id, "RUNNING", true);
        assertThat(kept.getString("containerId")).isEqualTo(moved.getString("containerId"));
        assertThat(kept.getString("statusReason")).startsWith("restart failed: cannot pull image " + image);
        registry.start();

        assertThat(ended(restart(id, "")).getString("status")).isEqualTo("COMPLETED");
        assertThat(page(becomes(id, "RUNNING", true))).isEqualTo("aiwm test web 1\n");

        assertThat(ended(restart(id, "?pull=true")).getString("status")).isEqualTo("COMPLETED");
        var after = becomes(id, "RUNNING", false);
        assertThat(page(after)).isEqualTo("aiwm test web 2\n");
        assertThat(after.getJsonObject("image").getString("id"))
                .isEqualTo(moved.getJsonObject("image").getString("tagId"));
        assertThat(FLEET.fleet().containersOf(id)).isEqualTo(1);

        FLEET.api().expect(202, FLEET.api().delete("/api/deployments/" + id));
        await().atMost(PATIENCE)
                .until(() -> FLEET.api().get("/api/deployments/" + id).status() == 404);
    }

    private static JsonObject web(String image, String node) {
        return new JsonObject()
                .put("name", "web")
                .put("nodeId", node)
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", image)
                                .put("command", new JsonArray(List.of("sh", "-c", SERVE)))
                                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 80))));
    }

    private static String restart(String id, String query) {
        return FLEET.api()
                .expect(202, FLEET.api().post("/api/deployments/" + id + "/restart" + query, null))
                .getString("executionId");
    }

    private static JsonObject ended(String execution) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> FLEET.api().get("/api/executions/" + execution).json(),
                        seen -> List.of("COMPLETED", "FAILED").contains(seen.getString("status")));
    }

    private static JsonObject becomes(String id, String status, boolean moved) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            var answer = FLEET.api().get("/api/deployments/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo(status);
            assertThat(answer.json().getJsonObject("image", new JsonObject()).getBoolean("moved"))
                    .as(answer.text())
                    .isEqualTo(moved);
        });
        return FLEET.api().get("/api/deployments/" + id).json();
    }

    private static String page(JsonObject deployment) throws Exception {
        int port = deployment.getJsonArray("ports").getJsonObject(0).getInteger("hostPort");
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .timeout(Duration.ofSeconds(5))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
