package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
    private final Liveness rule = new Liveness(Duration.ofSeconds(90), Duration.ofSeconds(180));

    private NodeStatus at(long second, NodeStatus recorded, Long heardAt) {
        return rule.of(recorded, signs(heardAt, false, 0), START, START.plusSeconds(second));
    }

    private static Liveness.Signs signs(Long heardAt, boolean left, int active) {
        return new Liveness.Signs(
                heardAt == null ? null : START.plusSeconds(heardAt), left, false, active, Instant.EPOCH);
    }

    @Test
    void silence_makes_unhealthy_then_offline_at_the_limits() {
        assertThat(at(99, NodeStatus.IDLE, 10L)).isEqualTo(NodeStatus.IDLE);
        assertThat(at(100, NodeStatus.IDLE, 10L)).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(at(189, NodeStatus.UNHEALTHY, 10L)).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(at(190, NodeStatus.UNHEALTHY, 10L)).isEqualTo(NodeStatus.OFFLINE);
    }

    @Test
    void a_heartbeat_heals_unhealthy_but_only_a_registration_leads_out_of_offline_and_pending() {
        assertThat(at(120, NodeStatus.UNHEALTHY, 119L)).isEqualTo(NodeStatus.IDLE);
        assertThat(at(120, NodeStatus.OFFLINE, 119L)).isEqualTo(NodeStatus.OFFLINE);
        assertThat(at(120, NodeStatus.PENDING, 119L)).isEqualTo(NodeStatus.PENDING);
    }

    @Test
    void a_controller_that_has_just_begun_blames_nobody_for_the_time_before() {
        assertThat(at(0, NodeStatus.IDLE, -5_000L)).isEqualTo(NodeStatus.IDLE);
        assertThat(at(89, NodeStatus.IDLE, null)).isEqualTo(NodeStatus.IDLE);
        assertThat(at(90, NodeStatus.IDLE, null)).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(at(180, NodeStatus.IDLE, null)).isEqualTo(NodeStatus.OFFLINE);
    }

    @Test
    void a_controller_that_has_just_begun_does_not_make_a_silent_node_look_healthy() {
        assertThat(at(1, NodeStatus.UNHEALTHY, null)).isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(at(2, NodeStatus.UNHEALTHY, 1L)).isEqualTo(NodeStatus.IDLE);
    }

    @Test
    void goodbye_makes_offline_at_once() {
        assertThat(rule.of(
                        NodeStatus.BUSY,
                        new Liveness.Signs(START.plusSeconds(10), true, true, 0, START),
                        START,
                        START.plusSeconds(11)))
                .isEqualTo(NodeStatus.OFFLINE);
    }

    @Test
    void a_connection_that_ended_makes_unhealthy_at_once_and_offline_in_time() {
        assertThat(rule.of(NodeStatus.BUSY, signs(10L, true, 0), START, START.plusSeconds(11)))
                .isEqualTo(NodeStatus.UNHEALTHY);
        assertThat(rule.of(NodeStatus.UNHEALTHY, signs(10L, true, 0), START, START.plusSeconds(190)))
                .isEqualTo(NodeStatus.OFFLINE);
    }

    @Test
    void a_node_at_work_is_busy_and_stays_so_for_a_moment_after() {
        var working = new Liveness.Signs(START, false, false, 1, START);
        var done = new Liveness.Signs(START, false, false, 0, START);
        assertThat(rule.of(NodeStatus.IDLE, working, START, START.plusSeconds(1)))
                .isEqualTo(NodeStatus.BUSY);
        assertThat(rule.of(NodeStatus.BUSY, done, START, START.plusSeconds(2))).isEqualTo(NodeStatus.BUSY);
        assertThat(rule.of(NodeStatus.BUSY, done, START, START.plusSeconds(3))).isEqualTo(NodeStatus.IDLE);
    }

    @Test
    void limits_in_the_wrong_order_are_refused() {
        assertThatThrownBy(() -> new Liveness(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
