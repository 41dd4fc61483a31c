package io.aiwm.controller.scheduler;

import io.aiwm.boot.Config;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeBuilder;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.NodeModel;
import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A scheduler, nodes by hand, and a clock turned by hand. */
abstract class BenchNodes {
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T10:00:00Z"));
    final Scheduler scheduler;
    private final Map<String, Node> shown = new HashMap<>();
    private List<SystemInfo.Disk> disks = List.of();

    BenchNodes(Config.Scheduler settings, boolean alone) {
        scheduler = new Scheduler(settings, (InstantSource) now::get, alone);
    }

    long timeMillis() {
        return now.get().toEpochMilli();
    }

    void advance(Duration time) {
        now.updateAndGet(instant -> instant.plus(time));
    }

    void node(String id, double cores, long memory) {
        node(id, NodeStatus.IDLE, cores, memory);
    }

    void node(String id, NodeStatus status, double cores, long memory) {
        node(id, status, (int) cores, memory, 100, List.of());
    }

    void slots(String id, int slots) {
        node(id, NodeStatus.IDLE, 64, 1_000, slots, List.of());
    }

    void gpus(String id, long... memory) {
        var gpus = IntStream.range(0, memory.length)
                .mapToObj(i -> SystemInfoGpuBuilder.builder()
                        .index(i)
                        .uuid("u" + i)
                        .model("NVIDIA H200")
                        .health("ok")
                        .memoryTotalBytes(memory[i])
                        .memoryUsedBytes(0L)
                        .utilization(0.0)
                        .temperature(30)
                        .build())
                .toList();
        node(id, NodeStatus.IDLE, 64, 1_000, 100, gpus);
    }

    /** A node with this disk. */
    void disk(String id, long total, long used) {
        disks = List.of(new SystemInfo.Disk("/", "ext4", total, used, true));
        node(id, 64, 100);
        disks = List.of();
    }

    void node(String id, NodeStatus status, int cores, long memory, int slots, List<SystemInfo.Gpu> gpus) {
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", cores, cores, null, null),
                new SystemInfo.Memory(memory, 0L, memory, 0L),
                disks,
                gpus,
                List.of(),
                null);
        shown.put(
                id,
                NodeBuilder.builder()
                        .id(id)
                        .version(1)
                        .name(id)
                        .role("cpu")
                        .zone("a")
                        .labels(Map.of())
                        .capabilities(List.of("docker"))
                        .runtimes(List.of("runc"))
                        .maxParallel(slots)
                        .status(status)
                        .schedulable(true)
                        .system(system)
                        .build());
        scheduler.node(id, shown.get(id));
    }

    /** The container engine of a node that is known does not answer, and what only it says is gone. */
    void silencesEngine(String id) {
        scheduler.node(id, shown.computeIfPresent(id, (same, node) -> {
            SystemInfo.ContainerEngine silent =
                    new SystemInfo.ContainerEngine("docker", null, null, List.of(), false, "x");
            SystemInfo system = node.system();
            return NodeBuilder.builder(node)
                    .capabilities(node.capabilities().stream()
                            .filter(one -> !one.equals("docker"))
                            .toList())
                    .runtimes(List.of())
                    .system(new SystemInfo(
                            system.os(),
                            system.cpu(),
                            system.memory(),
                            List.of(),
                            system.gpus(),
                            system.network(),
                            silent))
                    .build();
        }));
    }

    /** A node that is known holds these models now, and no others. */
    void holds(String id, String... models) {
        var held =
                Stream.of(models).map(name -> new NodeModel(name, null, null)).toList();
        scheduler.node(id, shown.computeIfPresent(id, (same, node) -> node.withModels(held)));
    }

    /** A node that gets no new work. */
    void cordoned(String id) {
        scheduler.node(
                id,
                NodeBuilder.builder()
                        .id(id)
                        .version(1)
                        .name(id)
                        .role("cpu")
                        .zone("a")
                        .labels(Map.of())
                        .capabilities(List.of())
                        .runtimes(List.of())
                        .maxParallel(4)
                        .status(NodeStatus.IDLE)
                        .build());
    }

    boolean isUp(String nodeId) {
        return shown.get(nodeId).status().isUp();
    }

    NodeAmounts amounts(String nodeId) {
        return scheduler.amounts(nodeId);
    }
}
