package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.FleetDeployments;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one sees of three replicas on two real workers: what they print, what they use, and what happened to them. */
@Timeout(600)
class ReplicasSeenIT {
    private static final String COUNT = "trap 'exit 0' TERM; httpd -p 80 -h /www; echo begin; i=0;"
            + " while :; do echo line $i; i=$((i+1)); sleep 1 & wait $!; done";

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    private static JsonObject web(String command) {
        return new JsonObject()
                .put("name", "web")
                .put("replicas", 3)
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", TestImages.web(1))
                                .put("command", new JsonArray(List.of("/bin/sh", "-c", command)))
                                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 80))));
    }

    private static JsonObject becomes(String path, Predicate<JsonObject> so) {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> FLEET.api().expect(200, FLEET.api().get(path)), so);
    }

    private static boolean areReady(JsonObject seen) {
        return seen.getInteger("readyReplicas") == 3 && seen.getString("status").equals("RUNNING");
    }

    @Test
    void logs_metrics_and_events_of_replicas_that_are_restarted_and_rolled_back() {
        String id = FLEET.api()
                .expect(201, FLEET.api().post("/api/deployments", web(COUNT)))
                .getString("id");
        String path = "/api/deployments/" + id;
        var ready = becomes(path, ReplicasSeenIT::areReady);
        assertThat(ready.getJsonArray("instances").stream()
                        .map(one -> ((JsonObject) one).getString("nodeId"))
                        .distinct())
                .hasSize(2);

        var lines = new CopyOnWriteArrayList<String>();
        var reader = new Thread(
                () -> FLEET.api().lines(path + "/logs?follow=true&tail=-1").forEach(lines::add));
        reader.start();
        for (int i = 0; i < 3; i++) {
            said(lines, i, "begin", 1);
            said(lines, i, "line 1", 1);
        }
        FLEET.api().expect(202, FLEET.api().post(path + "/replicas/0/restart", null));
        said(lines, 0, "begin", 2);
        said(lines, 0, "line 1", 2);
        becomes(path, ReplicasSeenIT::areReady);

        FLEET.api().expect(202, FLEET.api().put(path, web("echo bad; exit 7")));
        becomes(
                path,
                seen -> areReady(seen)
                        && "ROLLED_BACK".equals(seen.getJsonObject("rollout").getString("state")));
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        lines.stream().filter(line -> line.endsWith("] begin")).count() >= 5);

        metricsShowNumbers(path);
        eventsTellTheRollback(path);

        FLEET.api().expect(202, FLEET.api().delete(path));
        await().atMost(Duration.ofSeconds(60)).until(() -> !reader.isAlive());
        await().atMost(Duration.ofSeconds(60)).until(() -> FLEET.fleet().containersOf(id) == 0);
        eachCountsOnWithoutAGap(lines);
        var last = events(path).get(events(path).size() - 1);
        assertThat(last.getString("code")).isEqualTo("deployment.deleted");
        System.out.println("lines of the log: " + lines.size());
    }

    /** The engine chooses another host port at each start, also where nobody asked the controller for it. */
    @Test
    void a_container_that_the_engine_starts_again_is_reached_where_it_is_now() {
        var deployments = FLEET.deployments();
        var body = web(COUNT);
        body.getJsonObject("spec").put("restartPolicy", "always");
        String id = deployments.create(body);
        List<String> before = FleetDeployments.addresses(deployments.untilAllReady(id, 1));
        FleetDeployments.instances(deployments.get(id))
                .map(one -> one.getString("containerId"))
                .forEach(FLEET.fleet()::killContainer);
        deployments.until(
                id, seen -> areReady(seen) && FleetDeployments.addresses(seen).stream().noneMatch(before::contains));
        deployments.eachAnswers(id);
        deployments.delete(id);
    }

    private static void said(List<String> lines, int replica, String text, int times) {
        String line = "[" + replica + "] " + text;
        await().atMost(Duration.ofSeconds(60))
                .until(() -> lines.stream().filter(line::equals).count() == times);
    }

    /** Of every run of a replica, each line once and in order. */
    private static void eachCountsOnWithoutAGap(List<String> lines) {
        for (int replica = 0; replica < 3; replica++) {
            String prefix = "[" + replica + "] ";
            int next = 0;
            for (String line : lines) {
                if (line.equals(prefix + "begin")) {
                    next = 0;
                } else if (line.startsWith(prefix + "line ")) {
                    assertThat(line).isEqualTo(prefix + "line " + next++);
                } else if (line.startsWith(prefix)) {
                    assertThat(line).isIn(prefix + "bad");
                }
            }
        }
        assertThat(lines).allMatch(line -> line.matches("\\[[0-2]] (begin|bad|line \\d+)"));
    }

    private static void metricsShowNumbers(String path) {
        var seen = becomes(
                path + "/metrics?minutes=5",
                found -> found.getJsonArray("replicas").size() == 3
                        && found.getJsonArray("replicas").stream()
                                .map(one -> ((JsonObject) one).getJsonObject("series"))
                                .allMatch(series -> points(series, "cpu") > 0
                                        && points(series, "memoryBytes") > 0
                                        && points(series, "networkSentBytesPerSecond") > 0
                                        && points(series, "restarts") > 0));
        for (Object one : seen.getJsonArray("replicas")) {
            var replica = (JsonObject) one;
            assertThat(replica.getLong("memoryUsedBytes")).isBetween(10_000L, 100_000_000L);
            assertThat(replica.getDouble("cpuUsage")).isBetween(0.0, 4.0);
            assertThat(replica.getString("nodeId")).isIn(AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET);
            System.out.println("metrics: "
                    + replica.copy()
                            .put("series", replica.getJsonObject("series").fieldNames()));
        }
    }

    private static long points(JsonObject series, String of) {
        JsonArray points = series.getJsonArray(of, new JsonArray());
        return points.stream().filter(Objects::nonNull).count();
    }

    private static List<JsonObject> events(String path) {
        return FLEET
                .api()
                .expect(200, FLEET.api().get(path + "/events?after=0&pageSize=1000"))
                .getJsonArray("items")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static void eventsTellTheRollback(String path) {
        var events = events(path);
        events.forEach(one -> System.out.println("event: " + one.encode()));
        assertThat(events.stream().map(one -> one.getString("code")))
                .startsWith("deployment.created")
                .containsSubsequence(
                        "replica.ready",
                        "replica.restarting",
                        "replica.restarted",
                        "deployment.updated",
                        "rollout.started",
                        "rollout.rolling-back",
                        "rollout.rolled-back");
        assertThat(events.stream().filter(one -> one.getString("code").equals("rollout.rolling-back")))
                .singleElement()
                .satisfies(one -> assertThat(one.getString("text")).contains("exit code 7"));
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).getLong("seq")).isEqualTo(i + 1L);
        }
    }
}
