package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetHistory;
import io.aiwm.testing.HollowFleet;
import io.aiwm.testing.TestImages;
import io.aiwm.testing.TwoControllers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two controllers on one store and one bus are one controller to whoever asks. Needs a Docker Engine and the built jar. */
@Timeout(300)
class TwoControllersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SERVE = "echo serving; trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";

    @TempDir
    static Path folder;

    static TwoControllers fleet;
    static AiwmClient first;
    static AiwmClient second;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        fleet = new TwoControllers(folder);
        first = fleet.overFirst;
        second = fleet.overSecond;
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (fleet != null) {
            int left = fleet.containers();
            fleet.close();
            assertThat(left).as("containers left behind").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {TwoControllers.ON_BUS, TwoControllers.ON_WEBSOCKET})
    void what_is_asked_of_one_is_done_by_a_worker_of_the_other_and_seen_the_same_by_both(String node) {
        var made = second.expect(201, second.post("/api/deployments", web(node, false)));
        String id = made.getString("id");
        String execution = made.getString("executionId");
        fleet.both().forEach(api -> becomes(api, id, "RUNNING"));

        bothShowTheSame("/api/executions/" + execution);
        bothShowTheSame("/api/executions/" + execution + "/audit");
        bothShowTheSame("/api/deployments/" + id);
        ranOnce(id, execution);
        for (AiwmClient api : fleet.both()) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(api.get("/api/deployments/" + id + "/logs?tail=50")
                                    .text())
                            .contains("serving"));
        }

        String restart = second.expect(202, second.post("/api/deployments/" + id + "/restart", null))
                .getString("executionId");
        executionBecomes(first, restart, "COMPLETED");
        fleet.both().forEach(api -> becomes(api, id, "RUNNING"));
        deleted(second, id);
    }

    @Test
    void both_give_out_one_queue_and_no_node_is_promised_more_than_it_has() throws Exception {
        try (var hollow = new HollowFleet(first, second)) {
            hollow.connect("of-first", 2, fleet.first.port(), 100);
            hollow.connect("of-second", 2, fleet.second.port(), 100);
            for (var client : hollow.submit(300, 16)) {
                client.get();
            }
            hollow.awaitNoneOpen(PATIENCE);
            FleetHistory history = hollow.history();
            assertThat(history.violations(HollowFleet.SLOTS)).isEmpty();
            assertThat(history.executions()).isEqualTo(300);
            assertThat(history.nodesUsed()).isEqualTo(4);
            hollow.remove();
        }
    }

    @Test
    void an_execution_begun_over_one_is_cancelled_over_the_other() {
        var made = second.expect(201, second.post("/api/deployments", web(TwoControllers.ON_WEBSOCKET, true)));
        String id = made.getString("id");
        String execution = made.getString("executionId");
        stepBecomes(first, execution, "RUNNING");
        awaitContainer(id);

        first.expect(200, first.post("/api/executions/" + execution + "/cancel", new JsonObject().put("reason", "no")));
        fleet.both().forEach(api -> {
            executionBecomes(api, execution, "CANCELLED");
            becomes(api, id, "FAILED");
        });
        bothShowTheSame("/api/executions/" + execution);
        deleted(first, id);
    }

    @Test
    void one_is_killed_while_work_is_under_way_and_the_other_brings_it_to_its_end() {
        String onBus = held(TwoControllers.ON_BUS);
        String onSocket = held(TwoControllers.ON_WEBSOCKET);
        fleet.first.kill9();
        ready(onBus);
        ready(onSocket);

        becomes(second, onBus, "RUNNING");
        ranOnce(onBus, executionOf(second, onBus));
        assertThat(second.get("/api/executions/" + executionOf(second, onSocket))
                        .json()
                        .getString("status"))
                .as("its worker speaks to none but the controller that is gone, and keeps its result")
                .isEqualTo("RUNNING");
        String since = held(second, TwoControllers.ON_BUS);
        ready(since);
        becomes(second, since, "RUNNING");

        fleet.first.startAndWait();
        TwoControllers.awaitUp(first, TwoControllers.ON_WEBSOCKET);
        for (String id : List.of(onBus, onSocket, since)) {
            fleet.both().forEach(api -> becomes(api, id, "RUNNING"));
            bothShowTheSame("/api/deployments/" + id);
            ranOnce(id, executionOf(first, id));
            deleted(second, id);
        }
    }

    @Test
    void a_file_that_one_took_in_reaches_a_worker_of_the_other_and_what_that_makes_is_read_at_either()
            throws Exception {
        String fileId = second.expect(201, second.upload("/api/jobs/inputs", zipOf("in.txt", "taken in by the second")))
                .getString("fileId");
        var job = new JsonObject()
                .put("name", "files")
                .put("command", new JsonArray(List.of("sh", "-c", "mkdir out; cat in.txt; cp in.txt out/")))
                .put("inputs", new JsonObject().put("fileId", fileId))
                .put("outputs", new JsonArray(List.of("out/*")))
                .put(
                        "requirements",
                        new JsonObject()
                                .put("nodeId", TwoControllers.ON_WEBSOCKET)
                                .put("runtime", "process")
                                .put("cpu", 0.2)
                                .put("memoryBytes", 64 << 20));
        String path =
                "/api/jobs/" + second.expect(201, second.post("/api/jobs", job)).getString("id");
        for (AiwmClient api : fleet.both()) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                var answer = api.get(path);
                assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo("COMPLETED");
            });
            assertThat(api.get(path + "/logs").text()).contains("taken in by the second");
            assertThat(api.get(path + "/result").json().getString("log")).contains("taken in by the second");
        }
        var outputs = first.get(path + "/outputs");
        assertThat(outputs.status()).as(outputs.text()).isEqualTo(200);
        assertThat(second.get(path + "/outputs").text()).isEqualTo(outputs.text());

        fleet.first.kill9();
        var gone = second.get(path + "/outputs");
        assertThat(gone.status()).as(gone.text()).isEqualTo(503);
        assertThat(gone.json().getBoolean("retryable")).isTrue();
        assertThat(gone.json().getString("detail")).contains("is kept at place_");
        fleet.first.startAndWait();
        TwoControllers.awaitUp(first, TwoControllers.ON_WEBSOCKET);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(second.get(path + "/outputs").text()).isEqualTo(outputs.text()));
        first.expect(204, first.delete(path));
    }

    @Test
    void a_page_s_ticket_of_one_opens_the_event_stream_of_the_other_once() throws Exception {
        String ticket = first.expect(200, first.post("/api/auth/ticket", null)).getString("ticket");
        var stream = URI.create("ws://127.0.0.1:" + fleet.second.port() + "/eventbus/websocket?ticket=" + ticket);
        var browser = HttpClient.newHttpClient();
        browser.newWebSocketBuilder()
                .buildAsync(stream, new WebSocket.Listener() {})
                .get(20, TimeUnit.SECONDS)
                .abort();
        assertThatThrownBy(() -> browser.newWebSocketBuilder()
                        .buildAsync(stream, new WebSocket.Listener() {})
                        .get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(WebSocketHandshakeException.class);
    }

    private static byte[] zipOf(String name, String content) throws IOException {
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry(name));
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return zip.toByteArray();
    }

    @Test
    void who_waits_at_one_is_answered_as_soon_as_a_worker_of_the_other_is_done() throws Exception {
        String id = held(TwoControllers.ON_WEBSOCKET);
        String execution = executionOf(second, id);
        var waiting = CompletableFuture.supplyAsync(() -> second.getWhenEnded("/api/executions/" + execution, 25));
        assertThat(waiting).isNotDone();
        ready(id);
        var answer = waiting.get(20, TimeUnit.SECONDS);
        assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo("COMPLETED");
        deleted(second, id);
    }

    /** Both look at every execution, whichever made it: of two that act on one, one wins. */
    @Test
    void many_executions_over_both_at_once_are_each_carried_out_once() {
        var asked = IntStream.range(0, 40)
                .parallel()
                .mapToObj(each -> fleet.both().get(each % 2))
                .map(api ->
                        api.expect(201, api.post("/api/executions", checks())).getString("id"))
                .toList();
        for (String execution : asked) {
            fleet.both().forEach(api -> executionBecomes(api, execution, "COMPLETED"));
            attemptedOnce(execution);
        }
    }

    private static JsonObject checks() {
        var steps = new JsonArray();
        for (int index = 0; index < 3; index++) {
            steps.add(new JsonObject()
                    .put("command", "system.healthCheck")
                    .put("dependsOn", index == 0 ? new JsonArray() : new JsonArray().add(index - 1)));
        }
        return new JsonObject().put("start", true).put("steps", steps);
    }

    /** A deployment whose only step stays under way, its container running, until {@link #ready}. */
    private static String held(String node) {
        return held(first, node);
    }

    private static String held(AiwmClient api, String node) {
        var made = api.expect(201, api.post("/api/deployments", web(node, true)));
        stepBecomes(api, made.getString("executionId"), "RUNNING");
        awaitContainer(made.getString("id"));
        return made.getString("id");
    }

    private static void awaitContainer(String id) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(inContainer(id, "true")).isZero());
    }

    private static void ready(String id) {
        assertThat(inContainer(id, "touch", "/tmp/ready")).isZero();
    }

    /** @return the exit code; not 0 also when there is no such container, or it does not run */
    private static int inContainer(String id, String... command) {
        String host = System.getenv("DOCKER_HOST");
        String container = TestImages.run(host, null, "ps", "-q", "--filter", "label=aiwm.deployment=" + id)
                .output()
                .strip();
        if (container.isEmpty()) {
            return -1;
        }
        var words = new ArrayList<>(List.of("exec", container));
        words.addAll(List.of(command));
        return TestImages.run(host, null, words.toArray(String[]::new)).exit();
    }

    private static JsonObject web(String node, boolean held) {
        var spec = new JsonObject()
                .put("image", TestImages.WEB + ":1")
                .put("pullPolicy", "never")
                // a first process that ends when it is told, so that no grace has to pass
                .put("command", new JsonArray(List.of("sh", "-c", SERVE)))
                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 80)));
        if (held) {
            spec.put(
                    "healthCheck",
                    new JsonObject()
                            .put("command", new JsonArray(List.of("test", "-f", "/tmp/ready")))
                            .put("intervalMs", 500)
                            .put("retries", 1000));
        }
        return new JsonObject().put("name", "web").put("nodeId", node).put("spec", spec);
    }

    private static String executionOf(AiwmClient api, String id) {
        return api.get("/api/deployments/" + id).json().getString("lastExecutionId");
    }

    private static void becomes(AiwmClient api, String id, String status) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            var answer = api.get("/api/deployments/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo(status);
        });
    }

    private static void executionBecomes(AiwmClient api, String id, String status) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            var answer = api.get("/api/executions/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo(status);
        });
    }

    private static void stepBecomes(AiwmClient api, String execution, String status) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            var answer = api.get("/api/executions/" + execution);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().getJsonArray("steps").getJsonObject(0).getString("status"))
                    .as(answer.text())
                    .isEqualTo(status);
        });
    }

    private static void bothShowTheSame(String path) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            var seen = first.get(path);
            assertThat(seen.status()).as(seen.text()).isEqualTo(200);
            assertThat(second.get(path).json()).isEqualTo(seen.json());
        });
    }

    private static void ranOnce(String id, String execution) {
        assertThat(fleet.containersOf(id)).as("containers").isEqualTo(1);
        attemptedOnce(execution);
    }

    private static void attemptedOnce(String execution) {
        var story = second.expect(200, second.get("/api/executions/" + execution));
        assertThat(story.getString("status")).as(story.encodePrettily()).isEqualTo("COMPLETED");
        for (Object step : story.getJsonArray("steps")) {
            assertThat(((JsonObject) step).getInteger("attempt"))
                    .as(story.encodePrettily())
                    .isEqualTo(1);
        }
    }

    private static void deleted(AiwmClient api, String id) {
        api.expect(202, api.delete("/api/deployments/" + id));
        for (AiwmClient each : fleet.both()) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                var answer = each.get("/api/deployments/" + id);
                assertThat(answer.status()).as(answer.text()).isEqualTo(404);
            });
        }
        assertThat(fleet.containersOf(id)).as("containers after delete").isZero();
    }
}
