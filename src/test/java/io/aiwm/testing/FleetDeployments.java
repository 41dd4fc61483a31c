package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;

/** Deployments of a fleet, asked for and watched over HTTP; their containers are counted on the engine. */
public final class FleetDeployments {
    /** Ends when it is told, so that no grace has to pass. */
    public static final String SERVE = "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration OFTEN = Duration.ofMillis(20);

    private final AiwmFleet fleet;

    public FleetDeployments(AiwmFleet fleet) {
        this.fleet = fleet;
    }

    /** A body with a web page on port 80 of each container that says the version. */
    public static JsonObject web(int version, String command) {
        return new JsonObject()
                .put("name", "web")
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", TestImages.WEB + ":" + version)
                                .put("pullPolicy", "never")
                                .put("command", new JsonArray(List.of("sh", "-c", command)))
                                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 80))));
    }

    /** Returns its id. */
    public String create(JsonObject body) {
        return fleet.api.expect(201, fleet.api.post("/api/deployments", body)).getString("id");
    }

    public void update(String id, JsonObject body) {
        fleet.api.expect(202, fleet.api.put("/api/deployments/" + id, body));
    }

    public void scale(String id, int replicas) {
        fleet.api.expect(
                202, fleet.api.post("/api/deployments/" + id + "/scale", new JsonObject().put("replicas", replicas)));
    }

    /** Returns when it and its containers are gone. */
    public void delete(String id) {
        delete(id, "");
    }

    /** The same, also when agents or tools use it. */
    public void deleteUsed(String id) {
        delete(id, "?force=true");
    }

    private void delete(String id, String query) {
        fleet.api.expect(202, fleet.api.delete("/api/deployments/" + id + query));
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            var answer = fleet.api.get("/api/deployments/" + id);
            assertThat(answer.status()).as(answer.text()).isEqualTo(404);
        });
        assertThat(fleet.containersOf(id)).as("containers after delete").isZero();
    }

    /** The first record that is so, which it may be for a moment. A controller that does not answer is asked again. */
    public JsonObject until(String id, Predicate<JsonObject> so) {
        return until(id, so, Awaitility.await().pollInterval(OFTEN));
    }

    /** The same for what stays so once it is, and is not asked for as often. */
    public JsonObject untilAtRest(String id, Predicate<JsonObject> so) {
        return until(id, so, Awaitility.await());
    }

    private JsonObject until(String id, Predicate<JsonObject> so, ConditionFactory looks) {
        var last = new JsonObject[1];
        try {
            looks.atMost(PATIENCE).until(() -> {
                var answer = fleet.api.tryGet("/api/deployments/" + id);
                if (answer == null || answer.status() == 503) {
                    return false;
                }
                last[0] = fleet.api.expect(200, answer);
                return so.test(last[0]);
            });
        } catch (ConditionTimeoutException late) {
            throw new AssertionError("still: " + (last[0] == null ? "no answer" : last[0].encodePrettily()), late);
        }
        return last[0];
    }

    public JsonObject get(String id) {
        return fleet.api.expect(200, fleet.api.get("/api/deployments/" + id));
    }

    /** Waits until all that are asked for, and no others, are ready with this generation and no update is under way. */
    public JsonObject untilAllReady(String id, int generation) {
        return untilAtRest(id, seen -> allReady(seen, generation));
    }

    private static boolean allReady(JsonObject seen, int generation) {
        var rollout = seen.getJsonObject("rollout", new JsonObject()).getString("state", "DONE");
        return instances(seen).count() == seen.getInteger("replicas")
                && instances(seen)
                        .allMatch(one -> one.getInteger("generation") == generation && one.getBoolean("ready"))
                && !rollout.startsWith("ROLLING");
    }

    public static Stream<JsonObject> instances(JsonObject deployment) {
        return deployment.getJsonArray("instances").stream().map(JsonObject.class::cast);
    }

    /** Where the ready ones serve, as {@code host:port}. */
    public static List<String> addresses(JsonObject deployment) {
        return instances(deployment)
                .flatMap(one -> one.getJsonArray("addresses", new JsonArray()).stream())
                .map(address -> ((JsonObject) address).getString("address"))
                .toList();
    }

    /** Every address that the record names serves. */
    public void eachAnswers(String id) {
        List<String> addresses = addresses(get(id));
        assertThat(addresses).isNotEmpty();
        for (String address : addresses) {
            assertThat(AiwmProcess.status(address, "/")).as(address).isEqualTo(200);
        }
    }

    /** The containers on the engine are those of the record, and all of them run. */
    public void nothingElseRuns(String id) {
        List<String> recorded =
                instances(get(id)).map(one -> one.getString("containerId")).toList();
        Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(fleet.running(id)).containsExactlyInAnyOrderElementsOf(recorded);
            assertThat(fleet.containersOf(id)).isEqualTo(recorded.size());
        });
    }
}
