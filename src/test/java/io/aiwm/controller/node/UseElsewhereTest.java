package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a machine's programs use is known to every controller, whichever of them hears its worker. */
@Timeout(60)
class UseElsewhereTest {
    @TempDir
    Path folder;

    @Test
    void what_another_controller_hears_counts_here_unless_the_node_is_heard_here() {
        try (var fleet = new FleetUnderTest(folder)) {
            Map<String, CurrentUsage> told = new ConcurrentHashMap<>();
            fleet.admission.onUse(told::put);
            for (String node : List.of("n1", "n2")) {
                fleet.create(node);
            }
            fleet.admission.seen("n1", List.of());
            var use = new CurrentUsage(0.5, 60L, Map.of(0, 30L));
            NodePresence.ADDRESS.publish(
                    fleet.vertx,
                    new NodePresence(
                            "another",
                            List.of(
                                    new NodePresence.Seen("n1", 0, 0, null, null, use),
                                    new NodePresence.Seen("n2", 0, 0, null, null, use))));
            Awaitility.await().untilAsserted(() -> assertThat(told).containsEntry("n2", use));
            assertThat(told).doesNotContainKey("n1");
        }
    }

    @Test
    void the_others_are_told_the_newest_of_each_amount_once() {
        var pulse = new NodeHeartbeat();
        pulse.uses(new CurrentUsage(0.1, 10L, Map.of(0, 1L, 1, 1L)));
        pulse.uses(new CurrentUsage(null, 20L, Map.of(1, 2L)));
        assertThat(pulse.takeUntoldUse()).isEqualTo(new CurrentUsage(0.1, 20L, Map.of(0, 1L, 1, 2L)));
        assertThat(pulse.takeUntoldUse()).isNull();
    }
}
