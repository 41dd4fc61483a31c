package io.aiwm.controller.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.CommandId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CommandTimeLeftTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final CommandId COMMAND = new CommandId("ex", 0, 1);

    private Instant now = T0;
    private Set<String> heardByOthers = Set.of();
    private final CommandTimeLeft time =
            new CommandTimeLeft(() -> now, Duration.ofSeconds(30), node -> heardByOthers.contains(node));

    @Test
    void a_worker_that_has_not_spoken_yet_may_be_at_it_in_the_first_moments_only() {
        now = T0.plusSeconds(40);
        assertThat(time.until("n1", COMMAND)).isEqualTo(T0.plusSeconds(30));
        time.told("n1", Map.of());
        assertThat(time.until("n1", COMMAND)).as("it is not at it").isNull();
    }

    @Test
    void time_that_a_worker_says_runs_out_and_does_not_come_back() {
        time.told("n1", Map.of("ex.0.1", 60_000L));
        assertThat(time.until("n1", COMMAND)).isEqualTo(T0.plusSeconds(60));
        now = T0.plusSeconds(10);
        time.told("n1", Map.of("ex.0.1", 60_000L));
        assertThat(time.until("n1", COMMAND)).isEqualTo(T0.plusSeconds(60));
        time.told("n1", Map.of("ex.0.1", 20_000L));
        assertThat(time.until("n1", COMMAND)).isEqualTo(T0.plusSeconds(30));
    }

    @Test
    void nobody_speaks_for_another_node_and_no_command_lasts_for_ever() {
        time.told("n2", Map.of("ex.0.1", Long.MAX_VALUE));
        time.told("n1", Map.of());
        assertThat(time.until("n1", COMMAND)).isNull();
        assertThat(time.until("n2", COMMAND)).isEqualTo(T0.plus(Duration.ofDays(8)));
    }

    @Test
    void a_node_heard_by_a_controller_with_another_clock_is_left_to_it() {
        now = T0.plus(Duration.ofHours(1));
        heardByOthers = Set.of("n1");
        assertThat(time.until("n1", COMMAND)).isAfter(now);
    }
}
