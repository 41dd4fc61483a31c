package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Query;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoContainerEngineBuilder;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.aiwm.testing.LogLines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's GPUs over a real store: from samples to the record that the scheduler reads. */
class GpuWatchTest {
    private static final String ILL = "the driver reports Unknown Error for power.draw";

    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @BeforeEach
    void begin() {
        fleet = new FleetUnderTest(folder);
        fleet.create("n1");
        fleet.register("n1");
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        Awaitility.await().untilAsserted(() -> assertThat(GpuWatch.gpus(node())).hasSize(2));
    }

    @AfterEach
    void end() {
        fleet.close();
    }

    @Test
    void a_gpu_that_reports_an_error_leaves_at_once_and_comes_back_after_two_good_samples() {
        var changes = new AtomicInteger();
        fleet.nodes.onChange(changes::incrementAndGet);

        sample(gpu(0, "A", "ok"), gpu(1, "B", ILL));
        awaitOut(Map.of(1, ILL));
        assertThat(changes.get()).isPositive();
        var since = node().gpuFaults().get(1).since();

        fleet.clock.pass(Duration.ofMinutes(1));
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(GpuWatch.gpus(node()).get(1).health()).isEqualTo("ok"));
        assertThat(node().gpusOutOfService()).isEqualTo(Map.of(1, ILL));
        assertThat(node().gpuFaults().get(1).since()).isEqualTo(since);

        sample(gpu(0, "A", "ok"), gpu(1, "B", ILL));
        awaitOut(Map.of(1, ILL));
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        assertThat(node().gpusOutOfService()).containsKey(1);
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        awaitOut(Map.of());
    }

    @Test
    void a_gpu_that_is_not_listed_any_more_is_out_of_service_also_for_the_next_controller() {
        sample(gpu(0, "A", "ok"));
        awaitOut(Map.of(1, GpuWatch.MISSING));
        assertThat(GpuWatch.gpus(node()).get(1).memoryTotalBytes()).isEqualTo(80L << 30);

        fleet.restart();
        assertThat(node().gpusOutOfService()).isEqualTo(Map.of(1, GpuWatch.MISSING));
        await(fleet.nodes.registered("n1", registration(gpu(0, "A", "ok")), "websocket"));
        assertThat(node().gpusOutOfService()).isEqualTo(Map.of(1, GpuWatch.MISSING));

        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        awaitOut(Map.of());
    }

    @Test
    void a_gpu_that_has_another_index_after_a_restart_is_not_missing() {
        await(fleet.nodes.registered("n1", registration(gpu(0, "B", "ok")), "websocket"));
        assertThat(node().gpusOutOfService()).isEmpty();
        assertThat(GpuWatch.gpus(node())).extracting(SystemInfo.Gpu::uuid).containsExactly("B");
    }

    @Test
    void probes_that_saw_nothing_say_nothing() {
        sample(gpu(0, "A", "ok"), gpu(1, "B", ILL));
        awaitOut(Map.of(1, ILL));
        fleet.admission.sampled("n1", new SystemInfo(null, null, null, null, null, null, null), null);
        await(fleet.nodes.registered("n1", registration((SystemInfo.Gpu[]) null), "websocket"));
        assertThat(node().gpusOutOfService()).isEqualTo(Map.of(1, ILL));
        assertThat(GpuWatch.gpus(node())).hasSize(2);
    }

    @Test
    void samples_that_differ_only_in_use_are_not_written() {
        sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        long version = await(fleet.nodes.get("n1")).version();
        for (int i = 0; i < 20; i++) {
            sample(gpu(0, "A", "ok"), gpu(1, "B", "ok"));
        }
        assertThat(await(fleet.nodes.get("n1")).version()).isEqualTo(version);
    }

    @Test
    void an_operator_takes_a_gpu_out_and_gives_it_back() {
        var out = await(fleet.maintenance.gpuOut("n1", 0, "fan", "anna"));
        assertThat(out.gpusOutOfService()).isEqualTo(Map.of(0, "maintenance: fan"));
        assertThat(out.gpuMaintenance().get(0).actor()).isEqualTo("anna");
        fleet.restart();
        assertThat(node().gpusOutOfService()).isEqualTo(Map.of(0, "maintenance: fan"));
        assertThat(await(fleet.maintenance.gpuIn("n1", 0)).gpusOutOfService()).isEmpty();
        assertThatThrownBy(() -> await(fleet.maintenance.gpuOut("n1", 7, null, "anna")))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.NOT_FOUND);
    }

    @Test
    void a_missing_gpu_can_be_struck_off_and_a_listed_one_not() {
        assertThatThrownBy(() -> await(fleet.maintenance.gpuRemoved("n1", 1)))
                .matches(cause -> ((Failure) cause).kind == Failure.Kind.CONFLICT);
        sample(gpu(0, "A", "ok"));
        awaitOut(Map.of(1, GpuWatch.MISSING));
        var struck = await(fleet.maintenance.gpuRemoved("n1", 1));
        assertThat(struck.gpusOutOfService()).isEmpty();
        assertThat(GpuWatch.gpus(struck)).hasSize(1);
        sample(gpu(0, "A", "ok"));
        assertThat(node().gpusOutOfService()).isEmpty();
    }

    @Test
    void what_comes_of_a_node_that_was_deleted_meanwhile_alarms_nobody() {
        await(fleet.store.deleteWhere(Nodes.COLLECTION.name(), Query.all()));
        try (var log = new LogLines(WorkerReports.class)) {
            sample(gpu(0, "A", ILL), gpu(1, "B", "ok"));
            fleet.nodes
                    .reports()
                    .engineSeen(
                            "n1",
                            SystemInfoContainerEngineBuilder.builder()
                                    .name("docker")
                                    .version("28")
                                    .reachable(true)
                                    .build());
            fleet.nodes.reports().holds("n1", List.of(new NodeModel("llama", null, 1L)));
            // the store does one thing after another
            fleet.create("n2");
            assertThat(log.shown()).isEmpty();
        }
    }

    private void awaitOut(Map<Integer, String> expected) {
        Awaitility.await()
                .untilAsserted(() -> assertThat(node().gpusOutOfService()).isEqualTo(expected));
    }

    private Node node() {
        return fleet.nodes.find("n1");
    }

    private void sample(SystemInfo.Gpu... gpus) {
        fleet.admission.sampled("n1", new SystemInfo(null, null, null, null, List.of(gpus), null, null), null);
    }

    private static io.aiwm.protocol.NodeRegister registration(SystemInfo.Gpu... gpus) {
        return FleetUnderTest.registration(
                "n1",
                new SystemInfo(
                        null,
                        null,
                        null,
                        null,
                        gpus == null ? null : Stream.of(gpus).toList(),
                        null,
                        null));
    }

    private static SystemInfo.Gpu gpu(int index, String uuid, String health) {
        return SystemInfoGpuBuilder.builder()
                .index(index)
                .uuid(uuid)
                .model("H200")
                .health(health)
                .memoryTotalBytes(80L << 30)
                .memoryUsedBytes(1L << 30)
                .utilization(Math.random())
                .temperature(40)
                .mig(false)
                .build();
    }
}
