package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.McpImage;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.ToolCallingEngine;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
 * The official example of an MCP server as a deployment, whose tools an agent calls: its containers are replaced, crash and stop
 * meanwhile. Needs an engine, node and npm.
 */
@Timeout(420)
class McpDeploymentIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 0, Map.of("AIWM_INFERENCE_INTERNAL_ENDPOINTS", "true"));

    @TempDir
    static Path folder;

    /** Never closed: a class that fails runs once more in the same process. */
    private static final Vertx VERTX = Vertx.vertx();

    private static ToolCallingEngine model;
    private static AiwmClient api;
    private static FleetDeployments deployments;
    private static String server;

    @BeforeAll
    static void prepare() {
        McpImage.in(folder);
        model = new ToolCallingEngine(VERTX);
        api = FLEET.api();
        deployments = FLEET.deployments();
        api.expect(
                201,
                api.put(
                        "/api/inference/endpoints/scripted",
                        new JsonObject().put("baseUrl", "http://127.0.0.1:" + model.port() + "/v1")));
        made("/api/instructions", new JsonObject().put("name", "guide").put("systemPrompt", "Help."));
        server = deployments.create(everything(1));
        made(
                "/api/tools",
                new JsonObject()
                        .put("name", "every")
                        .put("kind", "mcp")
                        .put(
                                "mcp",
                                new JsonObject()
                                        .put("deployment", "everything")
                                        .put("tools", new JsonArray(List.of("echo", "get-sum")))));
        made(
                "/api/agents",
                new JsonObject()
                        .put("name", "helper")
                        .put("instructionId", "guide")
                        .put("toolIds", new JsonArray().add("every"))
                        .put("model", "scripted"));
    }

    @AfterAll
    static void stop() {
        if (model != null) {
            model.close();
        }
    }

    private static JsonObject made(String path, JsonObject body) {
        return api.expect(201, api.post(path, body));
    }

    private static JsonObject everything(int version) {
        var probe = new JsonObject()
                .put("tcp", new JsonObject().put("port", McpImage.PORT))
                .put("periodMs", 200);
        return new JsonObject()
                .put("name", "everything")
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", McpImage.NAME)
                                .put("pullPolicy", "never")
                                .put("env", new JsonObject().put("VERSION", Integer.toString(version)))
                                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", McpImage.PORT)))
                                .put("probes", new JsonObject().put("readiness", probe)));
    }

    /** What the tool answered to the model that was asked to call it. */
    private static JsonObject called(String call) {
        String id = made("/api/conversations", new JsonObject().put("agentId", "helper"))
                .getString("id");
        api.expect(
                202,
                api.post("/api/conversations/" + id + "/messages", new JsonObject().put("content", "call " + call)));
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> api.get("/api/conversations/" + id)
                        .json()
                        .getString("status")
                        .equals("IDLE"));
        var messages = api.get("/api/conversations/" + id + "/messages");
        return messages.json().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .filter(message -> message.getString("role").equals("tool"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(messages.text()));
    }

    private static void echoes(String word) {
        assertThat(called("every__echo {\"message\":\"" + word + "\"}").encode())
                .contains("Echo: " + word)
                .doesNotContain("\"failed\"");
    }

    private static String address() {
        return FleetDeployments.addresses(deployments.get(server)).get(0);
    }

    @Test
    void a_deployment_is_a_source_of_tools_wherever_its_container_is_and_says_so_when_it_is_nowhere() {
        deployments.untilAllReady(server, 1);
        echoes("one");
        assertThat(called("every__get-sum {\"a\":2,\"b\":40}").encode()).contains("42");
        String first = address();

        deployments.update(server, everything(2));
        deployments.untilAllReady(server, 2);
        assertThat(address()).isNotEqualTo(first);
        echoes("rolled");

        // the same container at the same address, and a session that is gone
        String container = FLEET.fleet().running(server).get(0);
        FLEET.fleet().killContainer(container);
        deployments.until(
                server,
                seen -> FleetDeployments.instances(seen)
                        .allMatch(one -> one.getBoolean("ready") && one.getInteger("failures", 0) > 0));
        echoes("crashed");

        api.expect(202, api.post("/api/deployments/" + server + "/stop", new JsonObject()));
        deployments.until(server, seen -> seen.getString("status").equals("STOPPED"));
        assertThat(called("every__echo {\"message\":\"x\"}").encode())
                .contains(
                        "\"failed\":true",
                        "the tool every__echo cannot be called now: deployment everything has no container that is"
                                + " ready");
        api.expect(202, api.post("/api/deployments/" + server + "/start", new JsonObject()));
        deployments.until(server, seen -> seen.getInteger("readyReplicas") == 1);
        echoes("again");
        JsonObject refused = api.expect(409, api.delete("/api/deployments/" + server));
        assertThat(refused.getString("detail")).contains("in use by tool every (tool_");
        deployments.deleteUsed(server);
    }
}
