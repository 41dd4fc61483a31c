package io.aiwm.controller.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.node.Node;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.controller.node.NodeStatus;
import io.aiwm.protocol.SystemInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Integer> load = new HashMap<>();
    private final Placement placement = new Placement(new View(), id -> load.getOrDefault(id, 0));

    @Test
    void takes_a_node_that_is_up_and_fits() {
        node("off", NodeStatus.OFFLINE, true, "a");
        node("cordoned", NodeStatus.IDLE, false, "a");
        node("good", NodeStatus.BUSY, true, "a");
        assertThat(placement.place(step(null), null)).isEqualTo(Placer.Placement.on("good"));
    }

    @Test
    void says_for_each_reason_how_many_nodes_it_excluded() {
        node("off", NodeStatus.OFFLINE, true, "a");
        node("off2", NodeStatus.OFFLINE, true, "a");
        node("late", NodeStatus.UNHEALTHY, true, "a");
        node("cordoned", NodeStatus.IDLE, false, "a");
        node("full", NodeStatus.BUSY, true, "a");
        node("far", NodeStatus.IDLE, true, "b");
        load.put("full", 2);
        assertThat(placement.place(step(zone("a")), null).reason())
                .isEqualTo("waits for a node: has no free slot (1), is OFFLINE (2), is UNHEALTHY (1), is cordoned (1),"
                        + " is in another zone than a (1)");
    }

    @Test
    void many_decisions_on_one_view_spread_over_the_nodes() {
        for (int i = 0; i < 10; i++) {
            node("n" + i, NodeStatus.IDLE, true, "a");
        }
        var chosen = new HashMap<String, Integer>();
        for (int i = 0; i < 1_000; i++) {
            chosen.merge(placement.place(step(null), null).nodeId(), 1, Integer::sum);
        }
        assertThat(chosen.values()).allSatisfy(count -> assertThat(count).isBetween(50, 200));
    }

    @Test
    void a_pinned_step_waits_for_its_node_and_fails_when_there_is_no_such_node() {
        node("off", NodeStatus.OFFLINE, true, "a");
        node("full", NodeStatus.BUSY, true, "a");
        load.put("full", 99);
        assertThat(placement.place(step(null), "off").reason()).isEqualTo("waits for node off, which is OFFLINE");
        assertThat(placement.place(step(null), "full").nodeId()).isEqualTo("full");
        assertThat(placement.place(step(null), "ghost").never()).isTrue();
    }

    @Test
    void what_a_machine_lacks_keeps_work_away() {
        node("n", NodeStatus.IDLE, true, "a");
        assertThat(placement.place(step(needs(4.0, null, null)), null).nodeId()).isEqualTo("n");
        assertThat(placement.place(step(needs(4.1, null, null)), null).reason()).contains("fewer cores");
        assertThat(placement.place(step(needs(null, 9_000L, null)), null).reason())
                .contains("less memory");
        var gpu = new Requires.Gpus(1, 80L, "H200");
        assertThat(placement.place(step(needs(null, null, gpu)), null).nodeId()).isEqualTo("n");
        assertThat(placement
                        .place(step(needs(null, null, new Requires.Gpus(2, 80L, "H200"))), null)
                        .reason())
                .contains("too few GPUs");
    }

    @Test
    void a_selector_that_cannot_be_read_ends_the_step_instead_of_blocking_its_record() {
        node("n", NodeStatus.IDLE, true, "a");
        var unreadable = new Requires(null, null, null, null, "(((", null, null, null);
        assertThat(placement.place(step(unreadable), null).never()).isTrue();
    }

    private void node(String id, NodeStatus status, boolean schedulable, String zone) {
        var gpu = new SystemInfo.Gpu(0, "u", "NVIDIA H200", "ok", 80L, 0L, 0.0, 30, null, null, null, null, null, null);
        var sick =
                new SystemInfo.Gpu(1, "v", "NVIDIA H200", "ERR!", 80L, 0L, 0.0, 30, null, null, null, null, null, null);
        var system = new SystemInfo(
                null,
                new SystemInfo.Cpu("x", 4, 4, null, null),
                new SystemInfo.Memory(8_000L, 0L, 8_000L, 0L),
                List.of(),
                List.of(gpu, sick),
                List.of(),
                null);
        nodes.put(
                id,
                new Node(
                        id,
                        1,
                        id,
                        "gpu",
                        zone,
                        Map.of(),
                        List.of("docker"),
                        List.of("docker"),
                        2,
                        status,
                        null,
                        schedulable,
                        null,
                        null,
                        null,
                        system,
                        null,
                        null,
                        null,
                        null));
    }

    private static StepSpec step(Requires requires) {
        return new StepSpec(0, "s", "system.healthCheck", null, List.of(), false, null, null, requires, null, 0, null);
    }

    private static Requires zone(String zone) {
        return new Requires(null, null, null, zone, null, null, null, null);
    }

    private static Requires needs(Double cpu, Long memory, Requires.Gpus gpus) {
        return new Requires(cpu, memory, gpus, null, null, List.of("docker"), "docker", "gpu");
    }

    private final class View implements NodeDirectory {
        @Override
        public Node find(String nodeId) {
            return nodes.get(nodeId);
        }

        @Override
        public Collection<Node> all() {
            return nodes.values();
        }

        @Override
        public void onChange(Runnable listener) {}

        @Override
        public void onLost(Consumer<String> listener) {}
    }
}
