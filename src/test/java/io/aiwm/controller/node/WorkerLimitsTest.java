package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.protocol.Heartbeat;
import io.aiwm.protocol.HeartbeatBuilder;
import io.aiwm.protocol.Metrics;
import io.aiwm.protocol.MetricsContainerStatsBuilder;
import io.aiwm.protocol.NodeRegister;
import io.aiwm.protocol.SystemInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker says of its machine is bounded at the door: nothing of a registration that says too much is stored. */
class WorkerLimitsTest {
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
        refused("unacknowledgedResults", many(NodeRegister.MOST_RESULTS + 1, "r"), "/data/unacknowledgedResults");
        refused("unacknowledgedResults", new JsonArray().add("x".repeat(300)), "/data/unacknowledgedResults");
        refused("unacknowledgedResults", new JsonArray().addNull(), "/data/unacknowledgedResults");
        refused("running", containers(NodeRegister.MOST_RUNNING + 1), "/data/running");
        refused("running", new JsonArray().add(new JsonObject()), "/data/running");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u001b[31mb", "a\nb", "a\u0000", " ", "a\u202eb", "\ufeff", "a\u2028b"})
    void what_names_something_is_one_line_that_can_be_seen(String text) {
        for (String field : List.of("name", "hostname", "agentVersion", "role", "zone")) {
            refused(field, text, "/data/" + field);
        }
        refused("capabilities", new JsonArray().add(text), "/data/capabilities");
        refused("runtimes", new JsonArray().add(text), "/data/runtimes");
        refused("labels", new JsonObject().put(text, "x"), "/data/labels");
        refused("labels", new JsonObject().put("x", text), "/data/labels");
        refused("unacknowledgedResults", new JsonArray().add(text), "/data/unacknowledgedResults");
        refused("running", new JsonArray().add(new JsonObject().put("containerId", text)), "/data/running/containerId");
        refused("system", of("gpus", new JsonArray().add(of("uuid", text))), "/data/system/gpus/uuid");
        refused("system", of("containerEngine", of("name", text)), "/data/system/containerEngine/name");
    }

    @Test
    void each_gpu_is_one_of_the_machines() {
        for (int index : new int[] {-1, 10_000, Integer.MIN_VALUE}) {
            refused("system", of("gpus", new JsonArray().add(of("index", index))), "/data/system/gpus/index");
        }
        var twice = new JsonArray().add(of("index", 0)).add(of("index", 0));
        refused("system", of("gpus", twice), "/data/system/gpus/index: two of them have 0");
    }

    @Test
    void a_part_that_is_null_is_refused() {
        for (String part : List.of("disks", "gpus", "network")) {
            refused("system", of(part, new JsonArray().addNull()), "/data/system/" + part);
        }
    }

    @Test
    void every_text_of_the_hardware_is_cut_and_cleaned_and_no_node_is_kept_out_by_one() {
        String odd = "x\u001b[31m\n" + "y".repeat(900);
        SystemInfo system = Json.decode(hardware(odd), SystemInfo.class);
        register(system);
        JsonObject stored =
                Json.toObject(FleetUnderTest.await(fleet.nodes.get("n1")).system());
        List<String> texts = new ArrayList<>();
        texts(stored, texts);
        assertThat(texts)
                .hasSize(19)
                .allSatisfy(text -> assertThat(text).startsWith("x?[31m?yyy").hasSize(256));
        assertThat(Json.toObject(fleet.admission.latestSystem("n1"))).isEqualTo(stored);
    }

    @Test
    void numbers_that_cannot_be_are_not_known() {
        register(Json.decode(
                "{'cpu':{'cores':-4,'usage':1e400,'loadAverage':[1,2,3,4,5]},'memory':{'totalBytes':-1,'usedBytes':7}}"
                        .replace('\'', '"'),
                SystemInfo.class));
        SystemInfo stored = FleetUnderTest.await(fleet.nodes.get("n1")).system();
        assertThat(stored.cpu()).isEqualTo(new SystemInfo.Cpu(null, null, null, null, List.of(1.0, 2.0, 3.0)));
        assertThat(stored.memory()).isEqualTo(new SystemInfo.Memory(null, 7L, null, null));
    }

    @Test
    void of_the_containers_of_a_sample_so_many_are_kept_and_their_texts_are_bounded() {
        var heard = new ArrayList<Metrics.ContainerStats>();
        fleet.admission.onReplica((node, stats) -> heard.add(stats));
        var one = MetricsContainerStatsBuilder.builder()
                .containerId("c")
                .name("n\n")
                .image("i".repeat(900))
                .deploymentId("d")
                .cpuUsage(-1.0)
                .memoryUsedBytes(1L)
                .replica(-1)
                .gpuUsage(Double.NaN)
                .gpuMemoryUsedBytes(-1L)
                .gpuProcessBytes(7L)
                .build();
        fleet.admission.sampled("n1", null, Collections.nCopies(5_000, one));
        assertThat(heard)
                .hasSize(1_024)
                .contains(MetricsContainerStatsBuilder.builder()
                        .containerId("c")
                        .name("n?")
                        .image("i".repeat(512))
                        .deploymentId("d")
                        .memoryUsedBytes(1L)
                        .gpuProcessBytes(7L)
                        .build());
    }

    @Test
    void heartbeats_cannot_name_ever_more_gpus() {
        var odd = Arrays.asList(
                null,
                new Heartbeat.GpuUse(-1, 0.1, 1L),
                new Heartbeat.GpuUse(10_000, 0.1, 1L),
                new Heartbeat.GpuUse(3, 0.1, 7L));
        var beat = HeartbeatBuilder.builder()
                .sessionId("s")
                .sequence(1)
                .status("IDLE")
                .activeCommands(Arrays.asList("c", null))
                .cpuUsage(0.1)
                .memoryUsedBytes(1L)
                .gpus(odd)
                .build();
        assertThat(CurrentUsage.of(beat).gpuMemoryUsedBytes()).isEqualTo(Map.of(3, 7L));
        fleet.admission.seen("n1", beat.activeCommands());
        assertThat(fleet.nodes.pulse("n1").active()).isEqualTo(1);
    }

    private void register(SystemInfo system) {
        FleetUnderTest.await(fleet.admission.registered("n1", FleetUnderTest.registration("n1", system), "websocket"));
    }

    private static void texts(Object value, List<String> into) {
        if (value instanceof JsonObject object) {
            object.forEach(field -> texts(field.getValue(), into));
        } else if (value instanceof JsonArray array) {
            array.forEach(one -> texts(one, into));
        } else if (value instanceof String text) {
            into.add(text);
        }
    }

    private static String hardware(String odd) {
        var gpu = new JsonObject().put("migSlices", new JsonArray().add(of("profile", odd)));
        List.of("model", "health", "driverVersion", "cudaVersion").forEach(field -> gpu.put(field, odd));
        var os = new JsonObject();
        List.of("name", "version", "kernel", "architecture").forEach(field -> os.put(field, odd));
        return new JsonObject()
                .put("os", os)
                .put("cpu", of("model", odd))
                .put("disks", new JsonArray().add(of("mount", odd).put("type", odd)))
                .put("gpus", new JsonArray().add(gpu))
                .put(
                        "network",
                        new JsonArray().add(of("name", odd).put("mac", odd).put("addresses", new JsonArray().add(odd))))
                .put(
                        "containerEngine",
                        of("version", odd)
                                .put("apiVersion", odd)
                                .put("error", odd)
                                .put("root", odd))
                .encode();
    }

    private static JsonObject of(String field, Object value) {
        return new JsonObject().put(field, value);
    }

    private static JsonArray containers(int count) {
        return new JsonArray(IntStream.range(0, count)
                .mapToObj(i -> of("containerId", "c" + i))
                .toList());
    }

    @Test
    void a_sample_is_bounded_too_and_nothing_is_kept_of_it() {
        SystemInfo system = Json.decode(gpus(999).encode(), SystemInfo.class);
        assertThatThrownBy(() -> fleet.admission.sampled("n1", system, null)).hasMessageContaining("/data/system/gpus");
        assertThat(fleet.admission.latestSystem("n1")).isNull();
    }

    @Test
    void a_large_machine_is_taken() {
        var json = new JsonObject()
                .put("nodeId", "n1")
                .put("capabilities", many(WorkerLimits.MOST_WORDS, "c"))
                .put("labels", labels(WorkerLimits.MOST_WORDS, "team/l"))
                .put("running", containers(NodeRegister.MOST_RUNNING))
                .put("unacknowledgedResults", many(NodeRegister.MOST_RESULTS, "r"))
                .put("system", gpus(WorkerLimits.MOST_GPUS));
        FleetUnderTest.await(
                fleet.admission.registered("n1", Json.decode(json.encode(), NodeRegister.class), "websocket"));
        assertThat(FleetUnderTest.await(fleet.nodes.get("n1")).status()).isEqualTo(NodeStatus.IDLE);
    }
}
