package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Fleet;
import io.aiwm.inference.usage.CallUsageBuilder;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Logs and metrics of deployments over REST. */
class DeploymentMetricsResourceTest extends DeploymentApiRig {
    @Test
    void logs_come_as_text_or_as_events() {
        String id = running();
        var text = call("GET", "/api/deployments/" + id + "/logs", null);
        assertThat(text.statusCode()).isEqualTo(200);
        assertThat(text.body().lines()).hasSize(300).startsWith("line 0").endsWith("line 299");
        var events = server.call(
                "GET", "/api/deployments/" + id + "/logs?tail=5", "viewer", null, "Accept", "text/event-stream");
        assertThat(events.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        assertThat(events.body())
                .contains("event: log\ndata: {\"stream\":\"stdout\",\"text\":\"line 0\\n\",\"replica\":0}\n\n")
                .endsWith("event: end\ndata: {}\n\n");
    }

    @Test
    void logs_of_what_does_not_run_are_refused_as_a_problem() {
        var made = new JsonObject(call("POST", "/api/deployments", WEB).body());
        assertThat(call("GET", "/api/deployments/" + made.getString("id") + "/logs", null)
                        .statusCode())
                .isEqualTo(409);
        assertThat(call("GET", "/api/deployments/dep_none/logs", null).statusCode())
                .isEqualTo(404);
    }

    private void sampled(String id, int replica, double cores, long received) {
        metrics.sampled(
                "n1",
                MetricsContainerStatsBuilder.builder()
                        .containerId("c" + replica)
                        .deploymentId(id)
                        .replica(replica)
                        .cpuUsage(cores)
                        .memoryUsedBytes(1_000_000L)
                        .networkReceivedBytes(received)
                        .restarts(2)
                        .build());
    }

    @Test
    void the_last_hour_of_each_replica_is_shown_and_the_newest_sample_of_the_first_beside_it() {
        String id = running();
        String path = "/api/deployments/" + id + "/metrics";
        assertThat(new JsonObject(call("GET", path, null).body()).getJsonArray("replicas"))
                .isEmpty();
        assertThat(call("GET", "/api/deployments/none/metrics", null).statusCode())
                .isEqualTo(404);
        for (int i = 0; i < 4; i++) {
            fleet.now.updateAndGet(now -> now.plusSeconds(10));
            sampled(id, 0, 0.5 + i, 1_000L * i);
            sampled(id, 7, 2, 0);
        }
        var answer = new JsonObject(
                server.call("GET", path + "?minutes=1", "viewer", null).body());
        assertThat(answer.getDouble("cpuUsage")).isEqualTo(3.5);
        assertThat(answer.getString("deploymentId")).isEqualTo(id);
        assertThat(answer.getInteger("stepSeconds")).isEqualTo(10);
        var first = answer.getJsonArray("replicas").getJsonObject(0);
        assertThat(first.getString("nodeId")).isEqualTo("n1");
        assertThat(first.getInteger("restarts")).isEqualTo(2);
        var series = first.getJsonObject("series");
        assertThat(series.getJsonArray("cpu").stream()).containsExactly(null, null, 0.5, 1.5, 2.5, 3.5);
        assertThat(series.getJsonArray("networkReceivedBytesPerSecond").stream())
                .containsExactly(null, null, null, 100, 100, 100);
        assertThat(series.getJsonArray("memoryBytes").getInteger(5)).isEqualTo(1_000_000);
        assertThat(series.containsKey("gpu")).isFalse();
        var gone = answer.getJsonArray("replicas").getJsonObject(1);
        assertThat(gone.getInteger("index")).isEqualTo(7);
        assertThat(gone.getBoolean("gone")).isTrue();

        var coarse = new JsonObject(
                call("GET", path + "?minutes=1&step=20&replica=7", null).body());
        assertThat(coarse.getJsonArray("replicas")).hasSize(1);
        assertThat(coarse.getJsonArray("replicas")
                        .getJsonObject(0)
                        .getJsonObject("series")
                        .getJsonArray("cpu"))
                .hasSize(3);
        for (String wrong : List.of("minutes=0", "minutes=61", "step=9", "step=x", "replica=-1")) {
            assertThat(call("GET", path + "?" + wrong, null).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void calls_are_shown_of_the_deployment_and_of_each_replica() {
        String id = running();
        String path = "/api/deployments/" + id + "/metrics?minutes=1";
        var call = CallUsageBuilder.builder()
                .id("call_1")
                .at(fleet.now.get())
                .model("web")
                .deploymentId(id)
                .streamed(true)
                .status(200)
                .promptTokens(7)
                .completionTokens(11)
                .firstTokenMillis(50)
                .durationMillis(150);
        Deployment.Container container =
                Fleet.await(fleet.deployments.get(id)).instances().get(0).container();
        calls.ended(call.replicaId(MetricsView.idOf(container)).build());
        calls.ended(call.replicaId(null)
                .status(429)
                .errorCode("queue_full")
                .firstTokenMillis(-1)
                .build());
        var answer = new JsonObject(server.call("GET", path, "viewer", null).body()).getJsonObject("inference");
        assertThat(answer.getInteger("calls")).isEqualTo(2);
        assertThat(answer.getJsonObject("errors")).isEqualTo(new JsonObject().put("queue_full", 1));
        assertThat(answer.getJsonObject("timeToFirstTokenMs").getDouble("p95")).isBetween(44.0, 57.0);
        assertThat(answer.getJsonObject("timePerOutputTokenMs").getDouble("p50"))
                .isBetween(8.7, 11.3);
        assertThat(answer.getJsonObject("series").getJsonArray("calls").stream())
                .containsExactly(0, 0, 0, 0, 0, 2);
        assertThat(answer.getJsonObject("series").getJsonArray("timeToFirstTokenMs").stream())
                .containsExactly(null, null, null, null, null, 50.0);
        sampled(id, 0, 1, 0);
        var replica = new JsonObject(
                server.call("GET", path + "&replica=0", "viewer", null).body());
        assertThat(replica.getJsonObject("inference").getInteger("calls")).isEqualTo(1);
        assertThat(replica.getJsonArray("replicas")
                        .getJsonObject(0)
                        .getJsonObject("inference")
                        .getInteger("completionTokens"))
                .isEqualTo(11);
    }
}
