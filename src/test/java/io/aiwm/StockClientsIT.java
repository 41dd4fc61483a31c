package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.StockClients;
import io.aiwm.testing.TinyModels;
import io.aiwm.testing.ToolCallingEngine;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients as people have them call the gateway, which passes on to a real engine that AIWM runs, and to a service that calls tools.
 * Needs the built jar, an engine for containers, node, npm and curl.
 */
@Timeout(600)
class StockClientsIT {
    private static final int PORT = 8080;
    private static final String HEALTHY =
            "fetch('http://127.0.0.1:8080/health').then(is => process.exit(is.ok ? 0 : 1), () => process.exit(1))";

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 0, Map.of("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));

    @TempDir
    static Path folder;

    private static Vertx vertx;
    private static ToolCallingEngine scripted;
    private static StockClients clients;

    private final AiwmClient api = FLEET.api();
    private final FleetDeployments deployments = FLEET.deployments();

    @BeforeAll
    static void prepare() throws IOException {
        vertx = Vertx.vertx();
        scripted = new ToolCallingEngine(vertx);
        clients = StockClients.in(folder.resolve("clients"));
    }

    @AfterAll
    static void stop() {
        if (vertx != null) {
            vertx.close().await();
        }
    }

    @Test
    void stock_clients_call_without_a_change() throws InterruptedException {
        api.expect(
                201,
                api.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + scripted.port() + "/v1")));
        String id = deployments.create(engine());
        deployments.untilAllReady(id, 1);
        var wish = new JsonObject().put("name", "clients").put("role", "VIEWER").put("scope", "inference");
        String key = api.expect(201, api.post("/api/api-keys", wish)).getString("key");
        String chat = "{\"model\":\"tiny\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(StockClients.curl(api.url("/v1/chat/completions"), key, chat))
                        .contains("Hello", "data: [DONE]"));

        assertThat(clients.run("openai.mjs", api.url(""), key).lines())
                .hasSize(23)
                .allMatch(line -> line.startsWith("ok "));
        // the call that timed out and the one that was aborted
        scripted.awaitCancelled(2);
        assertThat(clients.run("anthropic.mjs", api.url(""), key).lines())
                .hasSize(11)
                .allMatch(line -> line.startsWith("ok "));
        scripted.awaitCancelled(1);
        assertThat(clients.run("ai.mjs", api.url(""), key).lines()).hasSize(5).allMatch(line -> line.startsWith("ok "));
        assertThat(clients.run("langchain.mjs", api.url(""), key).lines())
                .hasSize(7)
                .allMatch(line -> line.startsWith("ok "));
        deployments.delete(id);
    }

    private static JsonObject engine() {
        var command =
                List.of("-m", TinyModels.IN_IMAGE + "/" + TinyModels.F16, "-c", "4096", "-np", "2", "--embeddings");
        var spec = new JsonObject()
                .put("image", LlamaImage.tag())
                .put("pullPolicy", "never")
                .put("command", new JsonArray(command))
                .put("memoryBytes", "512MiB")
                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", PORT)))
                .put(
                        "healthCheck",
                        new JsonObject()
                                .put("command", new JsonArray(List.of("/usr/bin/node", "-e", HEALTHY)))
                                .put("intervalMs", 2000)
                                .put("retries", 60));
        return new JsonObject().put("name", "tiny").put("spec", spec);
    }
}
