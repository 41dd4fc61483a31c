package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.node.NodeClocks;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ClockCheckTest {
    private final NodeClocks nodes = new NodeClocks(() -> Instant.EPOCH);
    private Map<String, Duration> controllers = Map.of();
    private Duration wallAhead = Duration.ZERO;
    private final ClockCheck check = new ClockCheck(nodes, () -> controllers, () -> wallAhead);

    @Test
    void clocks_that_agree_are_well() {
        assertThat(check.get().succeeded()).isTrue();
    }

    @Test
    void a_clock_that_was_set_or_differs_is_a_problem_in_words() {
        controllers = Map.of("ctl_2", Duration.ofHours(1));
        assertThat(check.get().cause()).hasMessageContaining("controllers ctl_2");
        wallAhead = Duration.ofHours(-1);
        assertThat(check.get().cause()).hasMessageContaining("was set by -3600 s");
    }
}
