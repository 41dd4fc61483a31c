package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class NodeClocksTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private final NodeClocks clocks = new NodeClocks(() -> NOW);

    @Test
    void a_clock_that_is_more_than_five_seconds_off_is_told_with_its_direction() {
        clocks.heard("ahead", NOW.plusSeconds(3_600));
        clocks.heard("behind", NOW.minusSeconds(6));
        clocks.heard("well", NOW.minusSeconds(5));
        assertThat(clocks.off()).containsOnlyKeys("ahead", "behind").containsEntry("ahead", 3_600_000L);
        assertThat(NodeClocks.warning(clocks.aheadMillis("ahead"))).contains("3600 s ahead of this controller's");
        assertThat(NodeClocks.warning(clocks.aheadMillis("behind"))).contains("6 s behind this controller's");
        assertThat(NodeClocks.warning(clocks.aheadMillis("well"))).isNull();
        assertThat(clocks.aheadMillis("stranger")).isNull();
    }

    @Test
    void a_heartbeat_that_was_under_way_for_long_is_no_clock_that_is_behind() {
        clocks.heard("n", NOW);
        clocks.heard("n", NOW.minusSeconds(22));
        assertThat(clocks.off()).isEmpty();
    }

    @Test
    void a_clock_that_was_set_right_is_well_after_a_few_heartbeats_and_a_node_that_is_gone_is_forgotten() {
        clocks.heard("n", NOW.plusSeconds(60));
        clocks.heard("gone", NOW.plusSeconds(60));
        clocks.forget("gone");
        assertThat(clocks.off()).containsOnlyKeys("n");
        for (int i = 0; i < 5; i++) {
            clocks.heard("n", NOW);
        }
        assertThat(clocks.off()).isEmpty();
    }
}
