package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TestRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A registry that asks for a password, which is a stored secret: with a real engine, a real registry and a worker of its own. */
@Timeout(300)
class RegistrySecretIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 0);

    private static TestRegistry registry;
    private static String image;

    @BeforeAll
    static void start() {
        registry = TestRegistry.withPassword(folder);
        image = registry.name("web:closed");
        registry.push(TestImages.web(1), image);
        registry.forget(image);
    }

    @AfterAll
    static void stop() {
        if (registry != null) {
            registry.close();
        }
    }

    @Test
    void the_password_of_a_registry_is_a_stored_secret() {
        AiwmClient api = FLEET.api();
        assertThat(api.post("/api/deployments", web()).text())
                .contains("422", "/spec/registryAuth/secret", "does not exist");
        api.expect(201, api.put("/api/secrets/registry", value("a wrong one")));
        String id = api.expect(201, api.post("/api/deployments", web())).getString("id");
        becomes(id, "FAILED");
        assertThat(api.get("/api/deployments/" + id).text()).contains("cannot pull image " + image);

        api.expect(200, api.put("/api/secrets/registry", value(TestRegistry.PASSWORD)));
        api.expect(202, api.post("/api/deployments/" + id + "/start", null));
        becomes(id, "RUNNING");
        assertThat(api.get("/api/deployments/" + id).text())
                .contains("\"secret\":\"registry\"")
                .doesNotContain(TestRegistry.PASSWORD);
        assertThat(api.delete("/api/secrets/registry").text()).contains("409", "deployment web");

        api.expect(202, api.delete("/api/deployments/" + id));
        await().atMost(PATIENCE).until(() -> api.get("/api/deployments/" + id).status() == 404);
        assertThat(api.delete("/api/secrets/registry").status()).isEqualTo(204);
    }

    private static JsonObject value(String text) {
        return new JsonObject().put("value", text);
    }

    private static JsonObject auth() {
        return new JsonObject().put("username", TestRegistry.USER).put("secret", "registry");
    }

    private static JsonObject web() {
        return new JsonObject()
                .put("name", "web")
                .put("nodeId", AiwmFleet.ON_BUS)
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", image)
                                .put(
                                        "command",
                                        new JsonArray(List.of("sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait")))
                                .put("registryAuth", auth()));
    }

    private static void becomes(String id, String status) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            var answer = FLEET.api().get("/api/deployments/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo(status);
        });
    }
}
