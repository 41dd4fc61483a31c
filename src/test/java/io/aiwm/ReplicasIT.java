package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmClient;
import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several replicas on real workers of two transports: spread, updated one after the other, and back from a bad version. */
@Timeout(600)
class ReplicasIT {
    private static final String SERVE = "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";

    @TempDir
    static Path folder;

    static AiwmFleet fleet;
    static AiwmClient api;

    @BeforeAll
    static void start() {
        AiwmFleet.requireEngine();
        TestImages.web(1);
        TestImages.web(2);
        fleet = new AiwmFleet(folder);
        api = fleet.api;
    }

    @AfterAll
    static void nothingStaysBehind() {
        if (fleet != null) {
            int left = fleet.containers();
            fleet.close();
            assertThat(left).as("containers left behind").isZero();
        }
    }

    private static JsonObject web(int version, String command) {
        return new JsonObject()
                .put("name", "web")
                .put("replicas", 3)
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", TestImages.web(version))
                                .put("command", new io.vertx.core.json.JsonArray(List.of("/bin/sh", "-c", command)))
                                .put(
                                        "ports",
                                        new io.vertx.core.json.JsonArray()
                                                .add(new JsonObject().put("containerPort", 80))));
    }

    private static JsonObject becomes(String id, Predicate<JsonObject> so) {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> api.expect(200, api.get("/api/deployments/" + id)), so);
    }

    private static boolean isReady(JsonObject seen, int generation) {
        return seen.getInteger("readyReplicas") == 3
                && seen.getJsonArray("instances").size() == 3
                && seen.getJsonArray("instances").stream()
                        .map(JsonObject.class::cast)
                        .allMatch(one -> one.getInteger("generation") == generation);
    }

    @Test
    void they_are_spread_updated_one_after_the_other_and_come_back_from_a_bad_version() {
        String id = api.expect(201, api.post("/api/deployments", web(1, SERVE))).getString("id");
        var three = becomes(id, seen -> isReady(seen, 1));
        assertThat(three.getJsonArray("instances").stream()
                        .map(one -> ((JsonObject) one).getString("nodeId"))
                        .distinct())
                .hasSizeGreaterThan(1);
        assertThat(three.getJsonArray("instances").stream()
                        .map(one -> ((JsonObject) one).getJsonArray("addresses").size()))
                .containsOnly(1);
        assertThat(fleet.containersOf(id)).isEqualTo(3);

        api.expect(202, api.put("/api/deployments/" + id, web(2, SERVE)));
        becomes(id, seen -> {
            assertThat(seen.getInteger("readyReplicas")).isGreaterThanOrEqualTo(2);
            return isReady(seen, 2)
                    && "DONE".equals(seen.getJsonObject("rollout").getString("state"));
        });
        assertThat(fleet.containersOf(id)).isEqualTo(3);

        api.expect(202, api.put("/api/deployments/" + id, web(2, "exit 7")));
        var back = becomes(
                id, seen -> "ROLLED_BACK".equals(seen.getJsonObject("rollout").getString("state")) && isReady(seen, 2));
        assertThat(back.getJsonObject("rollout").getString("reason")).contains("exit code 7");

        api.expect(202, api.post("/api/deployments/" + id + "/scale", new JsonObject().put("replicas", 1)));
        becomes(id, seen -> seen.getJsonArray("instances").size() == 1);
        await().atMost(Duration.ofSeconds(60)).until(() -> fleet.containersOf(id) == 1);
        api.expect(202, api.delete("/api/deployments/" + id));
        await().atMost(Duration.ofSeconds(60)).until(() -> fleet.containersOf(id) == 0);
    }
}
