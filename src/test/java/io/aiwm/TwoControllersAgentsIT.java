package io.aiwm;

import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.ConversationListener;
import io.aiwm.testing.ToolCallingEngine;
import io.aiwm.testing.TwoControllers;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Turns with two controllers on one clustered event bus. Needs a Docker Engine and the built jar. */
@Timeout(300)
class TwoControllersAgentsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    static TwoControllers fleet;
    static AiwmClient first;
    static AiwmClient second;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        fleet = new TwoControllers(folder);
        first = fleet.overFirst;
        second = fleet.overSecond;
    }

    @AfterAll
    static void close() {
        if (fleet != null) {
            fleet.close();
        }
    }

    @Test
    void a_turn_that_one_controller_carries_out_is_heard_piece_by_piece_at_the_other() {
        Vertx vertx = Vertx.vertx();
        try (var engine = new ToolCallingEngine(vertx)) {
            var endpoint = new JsonObject().put("baseUrl", "http://127.0.0.1:" + engine.port() + "/v1");
            first.expect(201, first.put("/api/inference/endpoints/scripted", endpoint));
            var guide = new JsonObject().put("name", "guide").put("systemPrompt", "Help.");
            first.expect(201, first.post("/api/instructions", guide));
            var agent = new JsonObject()
                    .put("name", "helper")
                    .put("instructionId", "guide")
                    .put("model", "scripted");
            first.expect(201, first.post("/api/agents", agent));
            String id = first.expect(201, first.post("/api/conversations", new JsonObject().put("agentId", "helper")))
                    .getString("id");
            try (var listener = new ConversationListener(vertx, second, id)) {
                listener.connect();
                String said = "/api/conversations/" + id + "/messages";
                first.expect(202, first.post(said, new JsonObject().put("content", "stall")));
                await().atMost(PATIENCE).until(() -> listener.endsWith("delta"));
                second.expect(202, second.post("/api/conversations/" + id + "/cancel", null));
                await().atMost(PATIENCE).until(() -> listener.endsWith("done"));
                listener.assertWhole("cancelled", second.get(said).json());
            }
        } finally {
            vertx.close().await();
        }
    }
}
