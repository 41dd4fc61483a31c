package io.aiwm.worker.container;

import static io.aiwm.protocol.ContainerHealth.HEALTHY;
import static io.aiwm.protocol.ContainerHealth.NONE;
import static io.aiwm.protocol.ContainerHealth.STARTING;
import static io.aiwm.protocol.ContainerHealth.UNHEALTHY;
import static io.aiwm.worker.container.ProbeState.Kind.LIVENESS;
import static io.aiwm.worker.container.ProbeState.Kind.READINESS;
import static io.aiwm.worker.container.ProbeState.Kind.STARTUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Probe;
import io.aiwm.protocol.Probes.Tcp;
import io.aiwm.protocol.ProbesProbeBuilder;
import io.aiwm.worker.container.ProbeState.Look;
import org.junit.jupiter.api.Test;

/** One run of a container under a clock that the test turns. */
class ProbeStateTest extends ProbeRig {
    private static ProbeState fresh(Probe startup, Probe readiness, Probe liveness) {
        return new ProbeState(new Probes(startup, readiness, liveness), BEGUN, false);
    }

    @Test
    void a_readiness_probe_waits_for_its_delay_and_looks_once_a_period() {
        var state = fresh(null, probe(500, 1_000, 1, 3), null);
        assertThat(state.due(now)).isEmpty();
        after(499);
        assertThat(state.due(now)).isEmpty();
        after(1);
        assertThat(state.due(now)).containsExactly(READINESS);
        assertThat(state.due(now)).as("under way").isEmpty();
        assertThat(state.next()).isEmpty();
        state.took(READINESS, Look.GOOD, now);
        assertThat(state.next()).hasValue(now + 1_000_000_000L);
        after(999);
        assertThat(state.due(now)).isEmpty();
        after(1);
        assertThat(state.due(now)).containsExactly(READINESS);
    }

    @Test
    void the_other_two_begin_when_the_startup_probe_has_succeeded_and_it_ends_then() {
        var state = fresh(probe(0, 100, 1, 3), probe(0, 100, 1, 3), probe(0, 100, 1, 3));
        assertThat(state.due(now)).containsExactly(STARTUP);
        state.took(STARTUP, BAD, now);
        assertThat(state.health()).isEqualTo(STARTING);
        after(100);
        assertThat(state.due(now)).containsExactly(STARTUP);
        state.took(STARTUP, Look.GOOD, now);
        assertThat(state.health()).isEqualTo(STARTING);
        after(10_000);
        assertThat(state.due(now)).containsExactly(READINESS, LIVENESS);
    }

    @Test
    void a_startup_probe_that_fails_too_often_restarts_the_container() {
        var state = fresh(probe(0, 100, 1, 2), null, null);
        assertThat(state.took(STARTUP, BAD, now)).isFalse();
        assertThat(state.health()).isEqualTo(STARTING);
        assertThat(state.took(STARTUP, BAD, now)).isTrue();
        assertThat(state.health()).isEqualTo(UNHEALTHY);
        assertThat(state.trouble()).isEqualTo(new ProbeState.Trouble(STARTUP, "HTTP 503"));
        assertThat(state.took(STARTUP, BAD, now))
                .as("while its pause is not over")
                .isTrue();
    }

    @Test
    void readiness_comes_and_goes_and_never_restarts() {
        var state = fresh(null, probe(0, 100, 2, 2), null);
        assertThat(state.took(READINESS, Look.GOOD, now)).isFalse();
        assertThat(state.health()).isEqualTo(STARTING);
        state.took(READINESS, Look.GOOD, now);
        assertThat(state.health()).isEqualTo(HEALTHY);
        assertThat(state.took(READINESS, BAD, now)).isFalse();
        assertThat(state.health()).isEqualTo(HEALTHY);
        assertThat(state.took(READINESS, Look.bad("HTTP 500"), now)).isFalse();
        assertThat(state.health()).isEqualTo(UNHEALTHY);
        state.took(READINESS, Look.bad("another word each time"), now);
        assertThat(state.trouble().reason()).as("of the look that counted").isEqualTo("HTTP 500");
        state.took(READINESS, Look.GOOD, now);
        assertThat(state.health()).isEqualTo(UNHEALTHY);
        state.took(READINESS, Look.GOOD, now);
        assertThat(state.health()).isEqualTo(HEALTHY);
    }

    @Test
    void a_liveness_probe_alone_keeps_no_container_from_being_ready_until_it_was_restarted_for_it() {
        assertThat(fresh(null, null, probe(0, 100, 1, 1)).health()).isEqualTo(NONE);
        var again = new ProbeState(new Probes(null, null, probe(0, 100, 1, 1)), BEGUN, true);
        assertThat(again.health()).isEqualTo(STARTING);
        again.took(LIVENESS, Look.GOOD, now);
        assertThat(again.health()).isEqualTo(HEALTHY);
    }

    @Test
    void a_look_that_found_out_nothing_counts_for_nothing() {
        var state = fresh(null, null, probe(0, 100, 1, 2));
        state.due(now);
        state.took(LIVENESS, BAD, now);
        after(100);
        state.due(now);
        state.unknown(LIVENESS);
        after(100);
        assertThat(state.due(now)).containsExactly(LIVENESS);
        assertThat(state.took(LIVENESS, BAD, now)).isTrue();
    }

    @Test
    void after_a_look_that_timed_out_the_next_begins_later_by_the_timeout() {
        var probe = ProbesProbeBuilder.builder()
                .tcp(new Tcp(80))
                .initialDelayMs(0L)
                .periodMs(1_000L)
                .timeoutMs(400L)
                .successThreshold(1)
                .failureThreshold(9)
                .build();
        var state = fresh(null, probe, null);
        state.due(now);
        after(400);
        state.took(READINESS, Look.late("no answer"), now);
        after(999);
        assertThat(state.due(now)).isEmpty();
        after(1);
        assertThat(state.due(now)).as("a period and a timeout after it began").containsExactly(READINESS);
        after(400);
        state.took(READINESS, BAD, now);
        after(600);
        assertThat(state.due(now)).as("an answer delays nothing").containsExactly(READINESS);
    }

    @Test
    void one_that_takes_longer_than_its_period_rests_as_long_as_it_took() {
        var state = fresh(
                null,
                null,
                ProbesProbeBuilder.builder()
                        .tcp(new Tcp(80))
                        .initialDelayMs(0L)
                        .periodMs(100L)
                        .timeoutMs(5_000L)
                        .successThreshold(1)
                        .failureThreshold(9)
                        .build());
        state.due(now);
        after(5_000);
        state.took(LIVENESS, Look.late("no answer"), now);
        after(4_999);
        assertThat(state.due(now)).isEmpty();
        after(1);
        assertThat(state.due(now)).containsExactly(LIVENESS);
    }
}
