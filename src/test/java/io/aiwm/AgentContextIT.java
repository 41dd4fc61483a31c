package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.common.Sha256;
import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.LlamaImage;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TinyModels;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Conversations with a real llama.cpp that are longer than its context. Needs an engine. */
@Timeout(300)
class AgentContextIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TURNS = 12;

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 0);

    @TempDir
    static Path folder;

    private static void prepare() throws Exception {
        byte[] content =
                Files.readAllBytes(TinyModels.in(folder.resolve("tiny")).file(TinyModels.F16));
        AiwmClient api = FLEET.api();
        api.expect(
                201,
                api.upload(
                        "/api/models/upload?name=tiny&task=text-generation&path=tiny.gguf&sha256="
                                + Sha256.hex(content),
                        content));
        api.expect(
                201,
                api.post(
                        "/api/instructions",
                        new JsonObject().put("name", "guide").put("systemPrompt", "Be brief.")));
    }

    /** @param arguments of the engine beside those that are made */
    private static String deployed(String name, String... arguments) {
        var engine = new JsonObject()
                .put("type", "llamacpp")
                .put("context", 512)
                .put("parallel", 2)
                .put("image", LlamaImage.tag());
        if (arguments.length > 0) {
            engine.put("args", new JsonArray(List.of(arguments)));
        }
        String id = FLEET.deployments()
                .create(new JsonObject()
                        .put("name", name)
                        .put("model", new JsonObject().put("name", "tiny"))
                        .put("engine", engine)
                        .put("spec", new JsonObject().put("pullPolicy", "never")));
        FLEET.deployments().untilAllReady(id, 1);
        return id;
    }

    /** @return tokens of the last prompt, as the model counted them */
    private static int talked(String model) {
        AiwmClient api = FLEET.api();
        api.expect(
                201,
                api.post(
                        "/api/agents",
                        new JsonObject()
                                .put("name", model)
                                .put("instructionId", "guide")
                                .put("model", model)
                                .put(
                                        "parameters",
                                        new JsonObject().put("max_tokens", 32).put("temperature", 0))));
        String conversation = api.expect(201, api.post("/api/conversations", new JsonObject().put("agentId", model)))
                .getString("id");
        String path = "/api/conversations/" + conversation;
        for (int i = 0; i < TURNS; i++) {
            String turn = api.expect(
                            202,
                            api.post(
                                    path + "/messages",
                                    new JsonObject().put("content", "message " + i + " " + "word ".repeat(20))))
                    .getString("executionId");
            JsonObject ended = await().atMost(PATIENCE)
                    .until(
                            () -> api.expect(200, api.get("/api/executions/" + turn)),
                            seen -> seen.getString("finishedAt") != null);
            assertThat(ended.getString("status")).as(ended.encodePrettily()).isEqualTo("COMPLETED");
        }
        JsonArray all =
                api.expect(200, api.get(path + "/messages?pageSize=200")).getJsonArray("items");
        assertThat(all).hasSize(2 * TURNS);
        System.out.println(model + ": " + all.getJsonObject(all.size() - 1).getJsonObject("usage"));
        return all.getJsonObject(all.size() - 1).getJsonObject("usage").getInteger("promptTokens");
    }

    @Test
    void one_goes_on_whether_or_not_the_context_is_known_beforehand() throws Exception {
        prepare();
        FleetDeployments deployments = FLEET.deployments();
        String known = deployed("known");
        assertThat(talked("known")).isBetween(100, 512 - 32);
        // arguments of its own: what the engine has stands in no field
        String unknown = deployed("unknown", "-c", "1024");
        assertThat(talked("unknown")).isBetween(100, 512 - 32);
        deployments.deleteUsed(known);
        deployments.deleteUsed(unknown);
        FLEET.api().expect(204, FLEET.api().delete("/api/models/tiny"));
    }
}
