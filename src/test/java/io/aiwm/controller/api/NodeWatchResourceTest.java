package io.aiwm.controller.api;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.controller.metrics.HourWriter;
import io.aiwm.controller.metrics.MetricHistory;
import io.aiwm.controller.metrics.MetricHours;
import io.aiwm.controller.metrics.NodeContainers;
import io.aiwm.controller.metrics.NodeMetrics;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.node.FleetUnderTest;
import io.aiwm.protocol.Metrics.ContainerStats;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is told of nodes over REST, from the samples that their sessions bring. */
@Timeout(60)
class NodeWatchResourceTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;
    private TestServer server;
    private HourWriter writer;
    private String viewer;
    private Instant start;

    @BeforeEach
    void open() {
        fleet = new FleetUnderTest(folder, MetricHours.COLLECTION);
        var nodes = new NodeMetrics(fleet.clock, Duration.ofSeconds(10));
        var replicas = new ReplicaMetrics(fleet.vertx, "c1", List::of, fleet.clock);
        var hours = new MetricHours(fleet.store, fleet.clock, Duration.ofDays(7));
        var containers = new NodeContainers(fleet.vertx, "c1", List::of, fleet.clock);
        writer = new HourWriter(fleet.vertx, hours, "c1", nodes, replicas);
        fleet.admission.onMachine(nodes);
        fleet.admission.onMachine(containers);
        server = new TestServer(
                List.of(new NodeWatchResource(
                        fleet.nodes,
                        new MetricHistory(fleet.vertx, "c1", List::of, hours, nodes, replicas),
                        containers,
                        fleet.clock)),
                TokenCheck.of(fleet.jwt::verifyUser));
        viewer = fleet.jwt.issueUser("vera", Role.VIEWER, Duration.ofHours(24)).token();
        fleet.create("n1");
        start = fleet.clock.instant();
    }

    @AfterEach
    void close() {
        server.close();
        fleet.close();
    }

    private JsonObject get(String path, int status) {
        HttpResponse<String> answer = server.call("GET", path, viewer, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }

    private void sample(double load, int temperature, ContainerStats... containers) {
        var gpu =
                SystemInfoGpuBuilder.builder().index(3).temperature(temperature).build();
        fleet.admission.sampled(
                "n1",
                new SystemInfo(null, new SystemInfo.Cpu("x", 8, 4, load, null), null, null, List.of(gpu), null, null),
                List.of(containers));
    }

    @Test
    void the_load_of_a_node_and_its_gpus_is_told_from_memory_and_store() {
        for (int i = 0; i < 6 * 90; i++) {
            sample(i % 6 == 0 ? 0.75 : 0, 60 + i % 2);
            fleet.clock.pass(Duration.ofSeconds(10));
            if (i % 6 == 5) {
                await(writer.run());
            }
        }
        JsonObject hour = get("/api/nodes/n1/metrics", 200);
        assertThat(hour.getInteger("stepSeconds")).isEqualTo(10);
        assertThat(hour.getInteger("points")).isEqualTo(360);
        assertThat(hour.getString("from"))
                .isEqualTo(start.plus(Duration.ofMinutes(30)).toString());
        assertThat(hour.getJsonObject("series").getJsonArray("cpuUtilization"))
                .hasSize(360)
                .doesNotContainNull();
        assertThat(hour.containsKey("max")).isFalse();

        JsonObject all = get("/api/nodes/n1/metrics?step=1800&from=" + start, 200);
        assertThat(all.getJsonObject("series").getJsonArray("cpuUtilization"))
                .isEqualTo(new JsonArray(List.of(0.125, 0.125, 0.125)));
        assertThat(all.getJsonObject("max").getJsonArray("cpuUtilization"))
                .isEqualTo(new JsonArray(List.of(0.75, 0.75, 0.75)));
        JsonObject gpu = all.getJsonArray("gpus").getJsonObject(0);
        assertThat(gpu.getInteger("index")).isEqualTo(3);
        assertThat(gpu.getJsonObject("series").getJsonArray("temperatureCelsius"))
                .isEqualTo(new JsonArray(List.of(60.5, 60.5, 60.5)));
        assertThat(gpu.getJsonObject("max").getJsonArray("temperatureCelsius"))
                .isEqualTo(new JsonArray(List.of(61, 61, 61)));
    }

    @Test
    void a_time_that_is_none_is_refused_by_its_name() {
        assertThat(pointer("from=yesterday", 400)).isEqualTo("query:from");
        assertThat(pointer("from=2026-11-21T10:00:00Z&to=2026-11-21T10:00:00Z", 400))
                .isEqualTo("query:from");
        assertThat(pointer("from=2025-11-21T10:00:00Z", 400)).isEqualTo("query:from");
        assertThat(pointer("to=2027-11-21T10:00:00Z", 400)).isEqualTo("query:to");
        assertThat(pointer("step=1", 400)).isEqualTo("query:step");
        get("/api/nodes/n2/metrics", 404);
        assertThat(get("/api/nodes/n1/metrics", 200).getJsonObject("series")).isEmpty();
    }

    private String pointer(String query, int status) {
        return get("/api/nodes/n1/metrics?" + query, status)
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("pointer");
    }

    @Test
    void the_containers_of_a_node_are_those_it_told_last() {
        assertThat(get("/api/nodes/n1/containers", 200)).isEqualTo(new JsonObject().put("items", new JsonArray()));
        ContainerStats ours = MetricsContainerStatsBuilder.builder()
                .containerId("a")
                .name("web")
                .deploymentId("dep_1")
                .cpuUsage(0.5)
                .build();
        ContainerStats theirs = MetricsContainerStatsBuilder.builder()
                .containerId("b")
                .name("db")
                .build();
        sample(0, 60, ours, theirs);
        fleet.clock.pass(Duration.ofSeconds(10));
        ContainerStats newer =
                MetricsContainerStatsBuilder.builder(ours).cpuUsage(1.5).build();
        fleet.admission.sampled("n1", null, List.of(newer));
        JsonObject told = get("/api/nodes/n1/containers", 200);
        assertThat(told.getString("at")).isEqualTo(start.toString());
        assertThat(told.getJsonArray("items"))
                .isEqualTo(new JsonArray()
                        .add(new JsonObject()
                                .put("containerId", "a")
                                .put("name", "web")
                                .put("deploymentId", "dep_1")
                                .put("cpuUsage", 1.5))
                        .add(new JsonObject().put("containerId", "b").put("name", "db")));
        sample(0, 60, theirs);
        assertThat(get("/api/nodes/n1/containers", 200).getJsonArray("items")).hasSize(1);
        await(fleet.nodes.delete("n1", true));
        get("/api/nodes/n1/containers", 404);
    }
}
