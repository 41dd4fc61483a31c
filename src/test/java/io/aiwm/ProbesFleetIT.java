package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.testing.AiwmFleet;
import io.aiwm.testing.RunningFleet;
import io.aiwm.testing.TestImages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Probes, the deadline of an update and ranges of host ports, on real workers of two transports. */
@Timeout(600)
class ProbesFleetIT {
    private static final String SERVE = "trap 'exit 0' TERM; touch /www/ready; httpd -f -p 80 -h /www & wait";
    private static final String NEVER_READY = "trap 'exit 0' TERM; httpd -f -p 80 -h /www & wait";
    private static final JsonObject READINESS =
            new JsonObject("{\"http\":{\"path\":\"/ready\",\"port\":80},\"periodMs\":200,\"failureThreshold\":2}");

    @RegisterExtension
    static final RunningFleet FLEET = RunningFleet.of(1, 1);

    private static JsonObject web(String name, int replicas, String command, JsonObject probes) {
        return new JsonObject()
                .put("name", name)
                .put("replicas", replicas)
                .put("update", new JsonObject().put("healthDeadlineSeconds", 5))
                .put(
                        "spec",
                        new JsonObject()
                                .put("image", TestImages.web(1))
                                .put("command", new JsonArray(List.of("/bin/sh", "-c", command)))
                                .put("tmpfs", new JsonArray().add(new JsonObject().put("target", "/scratch")))
                                .put("probes", probes)
                                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", 80))));
    }

    private static JsonObject becomes(String id, Predicate<JsonObject> so) {
        return await().atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> seen(id), so);
    }

    private static JsonObject seen(String id) {
        return FLEET.api().expect(200, FLEET.api().get("/api/deployments/" + id));
    }

    private static Stream<JsonObject> instances(JsonObject seen) {
        return seen.getJsonArray("instances").stream().map(JsonObject.class::cast);
    }

    private static JsonObject instance(JsonObject seen, int index) {
        return instances(seen)
                .filter(one -> one.getInteger("index") == index)
                .findFirst()
                .orElseThrow();
    }

    private static void exec(JsonObject instance, String script) {
        var ran = TestImages.run(null, null, "exec", instance.getString("containerId"), "sh", "-c", script);
        assertThat(ran.exit()).as(ran.output()).isZero();
    }

    private static void delete(String id) {
        FLEET.api().expect(202, FLEET.api().delete("/api/deployments/" + id));
        await().atMost(Duration.ofSeconds(60)).until(() -> FLEET.fleet().containersOf(id) == 0);
    }

    @Test
    void a_version_that_is_never_ready_or_exits_or_has_no_image_goes_back_by_itself_and_says_why() {
        var probes = new JsonObject().put("readiness", READINESS);
        String id = FLEET.api()
                .expect(201, FLEET.api().post("/api/deployments", web("gated", 2, SERVE, probes)))
                .getString("id");
        becomes(id, seen -> seen.getInteger("readyReplicas") == 2);

        String never = rolledBack(id, web("gated", 2, NEVER_READY, probes));
        assertThat(never).contains("not ready within 5 s", "its readiness probe fails: ");
        String ends = rolledBack(id, web("gated", 2, "exit 7", probes));
        assertThat(ends).contains("exit code 7");
        var wrong = web("gated", 2, SERVE, probes);
        wrong.getJsonObject("spec").put("image", "127.0.0.1:1/none:1");
        assertThat(rolledBack(id, wrong)).contains("image 127.0.0.1:1/none:1");
        delete(id);
    }

    /** Returns why. At most one replica is away at any time. */
    private static String rolledBack(String id, JsonObject bad) {
        int generation = seen(id).getInteger("generation");
        FLEET.api().expect(202, FLEET.api().put("/api/deployments/" + id, bad));
        var back = becomes(id, seen -> {
            assertThat(seen.getInteger("readyReplicas")).isPositive();
            var rollout = seen.getJsonObject("rollout");
            return "ROLLED_BACK".equals(rollout.getString("state"))
                    && seen.getInteger("readyReplicas") == 2
                    && seen.getInteger("generation") == generation;
        });
        return back.getJsonObject("rollout").getString("reason");
    }

    @Test
    void readiness_takes_the_address_away_liveness_restarts_and_both_outlive_the_worker() {
        var sick = new JsonObject(
                "{\"exec\":{\"command\":[\"test\",\"!\",\"-e\",\"/scratch/sick\"]},\"periodMs\":500,\"failureThreshold\":1}");
        var probes = new JsonObject().put("readiness", READINESS).put("liveness", sick);
        // process 1 without a handler: its end takes the whole grace, for which the reason is to be seen
        String slow = "touch /www/ready; httpd -f -p 80 -h /www";
        String id = FLEET.api()
                .expect(201, FLEET.api().post("/api/deployments", web("probed", 2, slow, probes)))
                .getString("id");
        var both = becomes(id, seen -> seen.getInteger("readyReplicas") == 2);
        assertThat(instances(both).map(one -> one.getString("nodeId")))
                .containsExactlyInAnyOrder(AiwmFleet.ON_BUS, AiwmFleet.ON_WEBSOCKET);

        for (int index : new int[] {0, 1}) {
            exec(instance(seen(id), index), "rm /www/ready");
            var one = instance(becomes(id, seen -> !instance(seen, index).getBoolean("ready")), index);
            assertThat(one.getString("state")).isEqualTo("DEGRADED");
            assertThat(one.getString("reasonCode")).isEqualTo("READINESS_PROBE_FAILED");
            assertThat(one.getString("reason")).isEqualTo("readiness probe fails: HTTP 404");
            assertThat(one.getJsonArray("addresses")).isNull();
            exec(one, "touch /www/ready");
            one = instance(becomes(id, seen -> instance(seen, index).getBoolean("ready")), index);
            assertThat(one.getJsonArray("addresses")).hasSize(1);
            assertThat(one.getInteger("restarts")).isZero();
        }

        for (String node : FLEET.fleet().workers.keySet()) {
            killedAndBack(id, node);
        }
        delete(id);
    }

    private static void killedAndBack(String id, String node) {
        int index = instances(seen(id))
                .filter(one -> node.equals(one.getString("nodeId")))
                .findFirst()
                .orElseThrow()
                .getInteger("index");
        String container = instance(seen(id), index).getString("containerId");
        FLEET.fleet().killWorker(node);
        // what runs on stays ready, until its probes say something else
        assertThat(seen(id).getInteger("readyReplicas")).isEqualTo(2);
        exec(instance(seen(id), index), "touch /scratch/sick");
        var away = instance(
                becomes(
                        id,
                        seen -> "LIVENESS_PROBE_FAILED"
                                .equals(instance(seen, index).getString("reasonCode"))),
                index);
        assertThat(away.getString("reason")).startsWith("liveness probe fails: exit code 1");
        var back = instance(becomes(id, seen -> instance(seen, index).getBoolean("ready")), index);
        assertThat(back.getInteger("restarts")).isEqualTo(1);
        assertThat(back.getString("containerId")).isEqualTo(container);
        assertThat(back.getString("reason")).isNull();
    }

    @Test
    void host_ports_come_from_the_range_of_the_node_and_the_next_node_is_tried_when_it_is_used_up() {
        int base = 31_500;
        range(AiwmFleet.ON_BUS, base + "-" + base);
        range(AiwmFleet.ON_WEBSOCKET, base + 10 + "-" + (base + 12));
        String id = FLEET.api()
                .expect(201, FLEET.api().post("/api/deployments", web("ranged", 4, SERVE, new JsonObject())))
                .getString("id");
        var four = becomes(id, seen -> seen.getInteger("readyReplicas") == 4);
        assertThat(instances(four)
                        .map(one ->
                                one.getJsonArray("addresses").getJsonObject(0).getString("address")))
                .containsExactlyInAnyOrder(
                        "127.0.0.1:" + base,
                        "127.0.0.1:" + (base + 10),
                        "127.0.0.1:" + (base + 11),
                        "127.0.0.1:" + (base + 12));

        FLEET.api()
                .expect(
                        202,
                        FLEET.api().post("/api/deployments/" + id + "/scale", new JsonObject().put("replicas", 5)));
        var five = becomes(id, seen -> instances(seen).anyMatch(one -> "FAILED".equals(one.getString("state"))));
        assertThat(instance(five, 4).getString("reason")).contains("no host port is free on this node");
        assertThat(five.getInteger("readyReplicas")).isEqualTo(4);
        delete(id);
    }

    private static void range(String node, String range) {
        FLEET.fleet().workers.get(node).with("AIWM_WORKER_DOCKER_HOST_PORT_RANGE", range);
        FLEET.fleet().killWorker(node);
    }
}
