package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker that knows of AIWM only what docs/protocol.md says: Python, and nothing but its standard library. */
@Timeout(180)
class ThirdPartyWorkerIT {
    private static final String WORKER = "src/test/resources/third-party/worker.py";
    private static final String PASSWORD = "a password for tests 1";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    static AiwmProcess controller;
    static AiwmClient api;
    static int port;

    @BeforeAll
    static void start() {
        port = AiwmProcess.freePort();
        controller = AiwmProcess.of("controller", folder)
                .with("PORT", port)
                .with("AIWM_ADMIN_PASSWORD", PASSWORD)
                .with("AIWM_CLUSTER_ENABLED", false)
                .startAndWait();
        api = new AiwmClient(port, PASSWORD);
    }

    @AfterAll
    static void stop() {
        if (controller != null) {
            controller.close();
        }
    }

    @Test
    void a_worker_written_from_the_protocol_page_registers_takes_commands_and_its_results_are_stored()
            throws Exception {
        String token = nodeWithToken("third-party");
        try (var worker = new Script(token, 2)) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(worker.lines()).contains("connected as third-party", "registered");
                var node = api.get("/api/nodes/third-party").json();
                assertThat(node.getString("status")).as(node.encode()).isEqualTo("IDLE");
                assertThat(node.getString("hostname")).isEqualTo("elsewhere");
                assertThat(node.getJsonArray("capabilities")).containsExactly("echo");
            });

            var job = new JsonObject()
                    .put("image", "echo:1")
                    .put("command", new JsonArray().add("over").add("there"));
            String id = api.expect(201, api.post("/api/executions", execution("third-party", job)))
                    .getString("id");
            assertThat(worker.exitCode()).as(worker.lines().toString()).isZero();

            assertThat(worker.lines())
                    .contains("command job.run " + id + ".0.1", "command system.healthCheck " + id + ".1.1")
                    .anyMatch(line -> line.matches("heartbeat heard, next in \\d+"))
                    .containsOnlyOnce("command job.run " + id + ".0.1")
                    .endsWith("result stored");
            var execution = api.expect(200, api.get("/api/executions/" + id));
            assertThat(execution.getString("status"))
                    .as(execution.encodePrettily())
                    .isEqualTo("COMPLETED");
            for (int index = 0; index < 2; index++) {
                var step = execution.getJsonArray("steps").getJsonObject(index);
                assertThat(step.getString("status")).isEqualTo("COMPLETED");
                assertThat(step.getInteger("attempt")).isEqualTo(1);
                assertThat(step.getString("nodeId")).isEqualTo("third-party");
                assertThat(step.getJsonArray("attempts").getJsonObject(0).getString("receivedMessageId"))
                        .isNotBlank();
            }
            JsonObject echo = execution
                    .getJsonArray("steps")
                    .getJsonObject(0)
                    .getJsonObject("output")
                    .getJsonObject("echo");
            assertThat(echo.getJsonArray("command")).containsExactly("over", "there");
            assertThat(echo.getLong("deadline")).isGreaterThan(System.currentTimeMillis());
        }
    }

    @Test
    void a_token_that_is_no_nodes_is_refused_before_the_upgrade() throws Exception {
        var login = new JsonObject().put("username", "admin").put("password", PASSWORD);
        String users = api.expect(200, api.post("/api/auth/login", login)).getString("accessToken");
        try (var worker = new Script(users, 1)) {
            assertThat(worker.exitCode()).isEqualTo(1);
            assertThat(worker.lines()).containsExactly("HTTP/1.1 403 Forbidden");
        }
        try (var worker = new Script("no-token-at-all", 1)) {
            assertThat(worker.exitCode()).isEqualTo(1);
            assertThat(worker.lines()).containsExactly("HTTP/1.1 401 Unauthorized");
        }
    }

    private static String nodeWithToken(String id) {
        api.expect(201, api.post("/api/nodes", new JsonObject().put("id", id).put("name", id)));
        return api.expect(201, api.post("/api/nodes/" + id + "/token", new JsonObject().put("description", "test")))
                .getString("token");
    }

    private static JsonObject execution(String node, JsonObject job) {
        var run = new JsonObject().put("command", "job.run").put("nodeId", node).put("data", job);
        var check = new JsonObject()
                .put("command", "system.healthCheck")
                .put("nodeId", node)
                .put("dependsOn", new JsonArray().add(0));
        return new JsonObject()
                .put("start", true)
                .put("steps", new JsonArray().add(run).add(check));
    }

    /** One run of worker.py. */
    private static final class Script implements AutoCloseable {
        private final Process process;
        private final Path output;

        Script(String token, int commands) throws IOException {
            output = Files.createTempFile(folder, "worker", ".log");
            process = new ProcessBuilder(
                            "python3", WORKER, "127.0.0.1", String.valueOf(port), token, String.valueOf(commands))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
        }

        List<String> lines() throws IOException {
            return Files.readAllLines(output);
        }

        int exitCode() throws Exception {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("worker.py has ended; it said %s", lines())
                    .isTrue();
            return process.exitValue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
