package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Json;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker says of its machine is bounded at the door: nothing of a registration that says too much is stored. */
class SaidTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
        fleet.create("n1");
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    private static JsonArray many(int count, String name) {
        return new JsonArray(IntStream.range(0, count).mapToObj(i -> name + i).toList());
    }

    private static JsonObject gpus(int count) {
        return new JsonObject()
                .put(
                        "gpus",
                        new JsonArray(IntStream.range(0, count)
                                .mapToObj(i -> new JsonObject().put("index", i).put("model", "H100"))
                                .toList()));
    }

    private static JsonObject labels(int count, String prefix) {
        var labels = new JsonObject();
        IntStream.range(0, count).forEach(i -> labels.put(prefix + i, "x"));
        return labels;
    }

    private void refused(String field, Object value, String said) {
        var json = new JsonObject().put("nodeId", "n1").put("name", "a name").put(field, value);
        NodeRegister registration = Json.decode(json.encode(), NodeRegister.class);
        assertThatThrownBy(() -> FleetUnderTest.await(fleet.admission.registered("n1", registration, "websocket")))
                .as(field)
                .isInstanceOfSatisfying(
                        Failure.class, cause -> assertThat(cause.kind).isEqualTo(Failure.Kind.INVALID))
                .hasMessageContaining(said);
        assertThat(FleetUnderTest.await(fleet.nodes.get("n1")).name()).isEqualTo("n1");
    }

    @Test
    void what_is_too_much_or_not_a_workers_to_say_is_refused() {
        refused("system", gpus(999), "/data/system/gpus");
        refused("capabilities", many(502, "c"), "/data/capabilities");
        refused("runtimes", many(502, "r"), "/data/runtimes");
        refused("labels", labels(502, "l"), "/data/labels");
        refused("labels", labels(1, "aiwm.io/role"), "aiwm.io/");
        refused("labels", labels(1, "AIWM.io/role"), "aiwm.io/");
        refused("capabilities", new JsonArray().add("x".repeat(300)), "/data/capabilities");
        refused("labels", new JsonObject().put("x", "x".repeat(300)), "/data/labels");
        refused("zone", "x".repeat(300), "/data/zone");
        refused("hostname", "x".repeat(300), "/data/hostname");
        refused("maxParallel", 2_000_000_000, "/data/maxParallel");
        refused("maxParallel", -1, "/data/maxParallel");
    }

    @Test
    void a_sample_is_bounded_too_and_nothing_is_kept_of_it() {
        SystemInfo system = Json.decode(gpus(999).encode(), SystemInfo.class);
        assertThatThrownBy(() -> fleet.admission.sampled("n1", system, null)).hasMessageContaining("/data/system/gpus");
        assertThat(fleet.admission.latestMetrics("n1")).isNull();
    }

    @Test
    void a_large_machine_is_taken() {
        var json = new JsonObject()
                .put("nodeId", "n1")
                .put("capabilities", many(Said.MOST_WORDS, "c"))
                .put("labels", labels(Said.MOST_WORDS, "team/l"))
                .put("system", gpus(Said.MOST_GPUS));
        FleetUnderTest.await(
                fleet.admission.registered("n1", Json.decode(json.encode(), NodeRegister.class), "websocket"));
        assertThat(FleetUnderTest.await(fleet.nodes.get("n1")).status()).isEqualTo(NodeStatus.IDLE);
    }
}
