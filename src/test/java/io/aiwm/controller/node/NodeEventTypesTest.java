package io.aiwm.controller.node;

import static io.aiwm.controller.node.FleetUnderTest.await;
import static org.awaitility.Awaitility.await;

import io.aiwm.controller.ToldEvents;
import io.aiwm.controller.gateway.AbsenceReason;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each type of event of a node and its worker, by what makes it. */
@Timeout(60)
class NodeEventTypesTest {
    @TempDir
    Path folder;

    private FleetUnderTest fleet;

    @Test
    void each_type_is_told() {
        fleet = new FleetUnderTest(folder);
        try (var events = new ToldEvents(fleet.store, folder, Set.of(Nodes.COLLECTION.name()), "worker.", "node.")) {
            comesAndGoes(events);
            isMaintained(events);
            hasGpus(events);
            events.tells(() -> await(fleet.nodes.delete("n1", true)), "node.deleted");
            events.areAllThatAreDocumented();
        } finally {
            fleet.close();
        }
    }

    private void comesAndGoes(ToldEvents events) {
        events.tells(() -> fleet.create("n1"), "node.created");
        events.tells(() -> fleet.register("n1"), "worker.joined");
        fleet.clock.pass(Duration.ofSeconds(1));
        events.tells(() -> fleet.register("n1"), "worker.updated");
        events.tells(() -> await(fleet.nodes.patch("n1", new JsonObject().put("name", "gpu"), null)), "node.updated");
        events.tells(() -> fleet.watchFor(Duration.ofSeconds(100)), "node.unhealthy?");
        events.tells(
                () -> {
                    fleet.admission.seen("n1", List.of());
                    fleet.watchFor(Duration.ofSeconds(1));
                },
                "node.healthy");
        events.tells(() -> fleet.watchFor(Duration.ofSeconds(200)), "node.unhealthy?", "worker.left!");
        events.tells(() -> fleet.register("n1"), "worker.joined");
        events.tells(
                () -> {
                    fleet.admission.left("n1", AbsenceReason.STOPPED);
                    fleet.watchFor(Duration.ofSeconds(2));
                },
                "worker.left");
        events.tells(() -> fleet.register("n1"), "worker.joined");
    }

    private void isMaintained(ToldEvents events) {
        events.tells(() -> await(fleet.maintenance.schedulable("n1", false)), "node.cordoned");
        events.tells(() -> await(fleet.maintenance.schedulable("n1", true)), "node.uncordoned");
        events.tells(this::drain, "node.draining");
        events.tells(() -> await(fleet.maintenance.stopDrain("n1")), "node.drain-stopped");
        events.tells(this::drain, "node.draining");
        events.tells(() -> await(fleet.maintenance.drainSeen("n1", node().drain(), 0, true)), "node.drained");
    }

    private void drain() {
        await(fleet.maintenance.drain("n1", null, false, "new disks", "anna"));
    }

    private void hasGpus(ToldEvents events) {
        sample("ok", seen -> GpuWatch.gpus(seen).size() == 1);
        events.tells(() -> await(fleet.maintenance.gpuOut("n1", 0, "fan", "anna")), "node.gpu-maintenance");
        events.tells(() -> await(fleet.maintenance.gpuIn("n1", 0)), "node.gpu-maintenance");
        events.tells(
                () -> sample(
                        "the driver reports Unknown Error",
                        seen -> seen.gpuFaults().containsKey(0)),
                "node.gpu-fault!");
        events.tells(
                () -> {
                    sample("ok", seen -> true);
                    sample("ok", seen -> seen.gpuFaults().isEmpty());
                },
                "node.gpu-well");
    }

    private Node node() {
        return fleet.nodes.find("n1");
    }

    private void sample(String health, Predicate<Node> noted) {
        var gpu = SystemInfoGpuBuilder.builder()
                .index(0)
                .uuid("A")
                .model("H200")
                .health(health)
                .memoryTotalBytes(80L << 30)
                .memoryUsedBytes(1L << 30)
                .utilization(0.5)
                .temperature(40)
                .mig(false)
                .build();
        fleet.admission.sampled("n1", new SystemInfo(null, null, null, null, List.of(gpu), null, null), null);
        await().until(() -> noted.test(node()));
    }
}
