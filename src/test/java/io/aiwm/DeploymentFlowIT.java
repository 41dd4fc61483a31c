package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The main path for real: JVMs started with {@code java -jar}, real containers, and kill -9. Needs a Docker Engine and
 * the built jar.
 */
@Timeout(900)
class DeploymentFlowIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    private final AiwmFleet fleet = FLEET.fleet();
    private final AiwmClient api = FLEET.api();

    @ParameterizedTest
    @ValueSource(strings = {AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET})
    void a_deployment_runs_is_updated_restarted_stopped_and_deleted(String node) throws Exception {
        var made = api.expect(201, api.post("/api/deployments", web(1, node)));
        String id = made.getString("id");
        assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 1");
        assertThat(fleet.containersOf(id)).isEqualTo(1);

        done(api.put("/api/deployments/" + id, web(2, node)));
        assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 2");
        assertThat(fleet.containersOf(id)).isEqualTo(1);

        done(api.post("/api/deployments/" + id + "/restart", null));
        assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 2");
        assertThat(api.get("/api/deployments/" + id + "/logs?tail=50").status()).isEqualTo(200);

        done(api.post("/api/deployments/" + id + "/stop", null));
        var stopped = becomes(id, "STOPPED");
        assertThat(pageOrNull(stopped)).isNull();

        done(api.post("/api/deployments/" + id + "/start", null));
        assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 2");
        assertThat(fleet.containersOf(id)).isEqualTo(1);

        deleted(id);
    }

    /** Each round kills the controller at a later state of the same story, until the story is told without a kill. */
    @Test
    void the_controller_may_be_killed_between_any_two_transitions() throws Exception {
        var killedAt = new ArrayList<String>();
        for (Action action : Action.values()) {
            for (int state = 0; state < 8; state++) {
                String id = prepared(action);
                var execution = act(action, id);
                id = execution.getString("deployment");
                String seen = killAtState(execution.getString("id"), state);
                if (seen == null) {
                    settles(action, id);
                    break;
                }
                killedAt.add(action + " at " + seen);
                settles(action, id);
            }
        }
        System.out.println("killed the controller " + killedAt.size() + " times:\n  " + String.join("\n  ", killedAt));
        assertThat(killedAt).hasSizeGreaterThanOrEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET})
    void the_worker_may_be_killed_while_it_works_and_while_its_container_runs(String node) throws Exception {
        var made = api.expect(201, api.post("/api/deployments", web(1, node)));
        String id = made.getString("id");
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> !step(made.getString("executionId"), 0).equals("PENDING"));
        fleet.killWorker(node);
        var running = becomes(id, "RUNNING");
        assertThat(page(running)).contains("aiwm test web 1");
        assertThat(fleet.containersOf(id)).as("ran once").isEqualTo(1);

        fleet.killWorker(node);
        assertThat(page(running)).as("it runs on without its worker").contains("aiwm test web 1");
        var after = becomes(id, "RUNNING");
        assertThat(after.getString("containerId")).isEqualTo(running.getString("containerId"));
        assertThat(fleet.containersOf(id)).isEqualTo(1);
        deleted(id);
    }

    @Test
    void what_cannot_run_says_why_and_leaves_no_container() {
        var made = api.expect(
                201,
                api.post(
                        "/api/deployments",
                        new JsonObject()
                                .put("name", "nothing")
                                .put("nodeId", AiwmFleet.ON_BUS)
                                .put(
                                        "spec",
                                        new JsonObject()
                                                .put("image", "aiwm-test/does-not-exist:1")
                                                .put("pullPolicy", "never"))));
        var failed = becomes(made.getString("id"), "FAILED");
        assertThat(failed.getString("statusReason")).contains("aiwm-test/does-not-exist:1");
        assertThat(fleet.containersOf(made.getString("id"))).isZero();
        deleted(made.getString("id"));
    }

    /** What is done while the controller dies. */
    private enum Action {
        CREATE,
        UPDATE,
        RESTART,
        STOP,
        DELETE
    }

    private String prepared(Action action) {
        if (action == Action.CREATE) {
            return null;
        }
        String id = api.expect(201, api.post("/api/deployments", web(1, AiwmFleet.ON_WEBSOCKET)))
                .getString("id");
        becomes(id, "RUNNING");
        return id;
    }

    /** Begins the action; returns ids of its execution and deployment. */
    private JsonObject act(Action action, String id) {
        var begun = switch (action) {
            case CREATE -> api.expect(201, api.post("/api/deployments", web(1, AiwmFleet.ON_WEBSOCKET)));
            case UPDATE -> api.expect(202, api.put("/api/deployments/" + id, web(2, AiwmFleet.ON_WEBSOCKET)));
            case RESTART -> api.expect(202, api.post("/api/deployments/" + id + "/restart", null));
            case STOP -> api.expect(202, api.post("/api/deployments/" + id + "/stop", null));
            case DELETE -> api.expect(202, api.delete("/api/deployments/" + id));
        };
        return new JsonObject().put("id", begun.getString("executionId")).put("deployment", begun.getString("id"));
    }

    /** Watches the execution's states; at the n-th different one the controller dies. Null: it was over before that. */
    private String killAtState(String execution, int n) {
        Set<String> states = new LinkedHashSet<>();
        String last = await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(2))
                .until(
                        () -> {
                            var answer = api.get("/api/executions/" + execution);
                            String state = answer.status() == 200 ? state(answer.json()) : "not yet made";
                            states.add(state);
                            return state;
                        },
                        state -> states.size() > n || state.startsWith("COMPLETED") || state.startsWith("FAILED"));
        if (states.size() <= n) {
            return null;
        }
        fleet.killController();
        return last;
    }

    private static String state(JsonObject execution) {
        var steps = execution.getJsonArray("steps").stream()
                .map(step -> ((JsonObject) step).getString("status"))
                .toList();
        return execution.getString("status") + " " + steps;
    }

    private void settles(Action action, String id) throws Exception {
        switch (action) {
            case CREATE, RESTART -> assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 1");
            case UPDATE -> assertThat(page(becomes(id, "RUNNING"))).contains("aiwm test web 2");
            case STOP -> becomes(id, "STOPPED");
            case DELETE -> {
                isGone(id);
                assertThat(fleet.containersOf(id)).isZero();
                return;
            }
        }
        assertThat(fleet.containersOf(id)).as("ran once").isEqualTo(1);
        ranOnce(id);
        deleted(id);
    }

    /** No step of any of its executions was attempted twice. */
    private void ranOnce(String id) {
        var executions = api.expect(200, api.get("/api/executions?resourceId=" + id));
        for (Object one : executions.getJsonArray("items")) {
            for (Object step : ((JsonObject) one).getJsonArray("steps")) {
                assertThat(((JsonObject) step).getInteger("attempt"))
                        .as(((JsonObject) one).encodePrettily())
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    private static JsonObject web(int version, String node) {
        return FleetDeployments.web(version, FleetDeployments.SERVE).put("nodeId", node);
    }

    private JsonObject becomes(String id, String status) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            var answer = api.get("/api/deployments/" + id);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo(status);
        });
        return api.get("/api/deployments/" + id).json();
    }

    private String step(String execution, int index) {
        var answer = api.get("/api/executions/" + execution);
        return answer.status() == 200
                ? answer.json().getJsonArray("steps").getJsonObject(index).getString("status")
                : "PENDING";
    }

    private void done(AiwmClient.Answer action) {
        String execution = api.expect(202, action).getString("executionId");
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            var answer = api.get("/api/executions/" + execution);
            assertThat(answer.json().getString("status")).as(answer.text()).isEqualTo("COMPLETED");
        });
    }

    private void deleted(String id) {
        api.expect(202, api.delete("/api/deployments/" + id));
        isGone(id);
        assertThat(fleet.containersOf(id)).as("containers after delete").isZero();
    }

    private void isGone(String id) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            var answer = api.get("/api/deployments/" + id);
            assertThat(answer.status()).as(answer.text()).isEqualTo(404);
        });
    }

    private static String page(JsonObject deployment) throws Exception {
        return await().atMost(Duration.ofSeconds(20)).until(() -> pageOrNull(deployment), text -> text != null);
    }

    private static String pageOrNull(JsonObject deployment) throws InterruptedException {
        List<?> ports = deployment.getJsonArray("ports").getList();
        assertThat(ports).as(deployment.encode()).isNotEmpty();
        int port = deployment.getJsonArray("ports").getJsonObject(0).getInteger("hostPort");
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException refused) {
            return null;
        }
    }
}
