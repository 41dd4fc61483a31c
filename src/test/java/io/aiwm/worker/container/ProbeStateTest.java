package io.aiwm.worker.container;

import static io.aiwm.protocol.ContainerHealth.HEALTHY;
import static io.aiwm.protocol.ContainerHealth.NONE;
import static io.aiwm.protocol.ContainerHealth.STARTING;
import static io.aiwm.protocol.ContainerHealth.UNHEALTHY;
import static io.aiwm.worker.container.ProbeState.Kind.LIVENESS;
import static io.aiwm.worker.container.ProbeState.Kind.READINESS;
import static io.aiwm.worker.container.ProbeState.Kind.STARTUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ContainerHealth;
import io.aiwm.protocol.Probes;
import io.aiwm.protocol.Probes.Probe;
import io.aiwm.protocol.Probes.Tcp;
import io.aiwm.protocol.ProbesProbeBuilder;
import io.aiwm.worker.container.ProbeState.Kind;
import io.aiwm.worker.container.ProbeState.Look;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One run of a container under a clock that the test turns. */
class ProbeStateTest {
    private static final Look BAD = Look.bad("HTTP 503");

    /** Near the end of what a long holds: a monotonic clock may begin anywhere. */
    private static final long BEGUN = Long.MAX_VALUE - 5_000_000_000L;

    private long now = BEGUN;

    private static Probe probe(long delay, long period, int successes, int failures) {
        return ProbesProbeBuilder.builder()
                .tcp(new Tcp(80))
                .initialDelayMs(delay)
                .periodMs(period)
                .successThreshold(successes)
                .failureThreshold(failures)
                .build();
    }

    private void after(long millis) {
        now += millis * 1_000_000;
    }

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

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatever_the_looks_find_it_says_what_their_last_results_say(long seed) {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            now = BEGUN;
            boolean again = random.nextInt(4) == 0;
            var probes = new Probes(
                    random.nextBoolean() ? any(random, true) : null,
                    random.nextInt(4) > 0 ? any(random, false) : null,
                    random.nextBoolean() ? any(random, true) : null);
            new Chance(random, probes, again).run();
        }
    }

    private static Probe any(Random random, boolean once) {
        return probe(
                random.nextInt(3) * 200L,
                100 + random.nextInt(4) * 100L,
                once ? 1 : 1 + random.nextInt(3),
                1 + random.nextInt(3));
    }

    /** A run in which looks take their time and end as chance will have it, and what it must be by their whole history. */
    private final class Chance {
        private final Random random;
        private final Probes probes;
        private final boolean again;
        private final ProbeState state;
        private final Map<Kind, List<Boolean>> history = new EnumMap<>(Kind.class);
        private final Map<Kind, Long> begun = new EnumMap<>(Kind.class);
        private final List<Kind> underWay = new ArrayList<>();

        Chance(Random random, Probes probes, boolean again) {
            this.random = random;
            this.probes = probes;
            this.again = again;
            this.state = new ProbeState(probes, BEGUN, again);
            for (Kind kind : Kind.values()) {
                history.put(kind, new ArrayList<>());
            }
        }

        private Probe probe(Kind kind) {
            return switch (kind) {
                case STARTUP -> probes.startup();
                case READINESS -> probes.readiness();
                case LIVENESS -> probes.liveness();
            };
        }

        void run() {
            for (int step = 0; step < 60; step++) {
                begin();
                if (!underWay.isEmpty() && random.nextInt(3) > 0) {
                    end(underWay.remove(random.nextInt(underWay.size())));
                }
                assertThat(state.health()).isEqualTo(expected());
                after(random.nextInt(5) * 50L);
            }
        }

        private void begin() {
            for (Kind kind : state.due(now)) {
                boolean started = probes.startup() == null || Boolean.TRUE.equals(verdict(Kind.STARTUP));
                assertThat(started).as("%s begins", kind).isEqualTo(kind != Kind.STARTUP);
                assertThat(now - BEGUN).isGreaterThanOrEqualTo(probe(kind).delay() * 1_000_000);
                Long last = begun.put(kind, now);
                if (last != null) {
                    assertThat(now - last).isGreaterThanOrEqualTo(probe(kind).period() * 1_000_000);
                }
                assertThat(underWay).doesNotContain(kind);
                underWay.add(kind);
            }
            state.next().ifPresent(at -> assertThat(at - now).isPositive());
        }

        private void end(Kind kind) {
            boolean good = random.nextBoolean();
            history.get(kind).add(good);
            boolean restart = state.took(kind, good ? Look.GOOD : BAD, now);
            boolean failed = last(kind, probe(kind).failures(), false);
            assertThat(restart).isEqualTo(failed && kind != Kind.READINESS);
        }

        private boolean last(Kind kind, int count, boolean result) {
            List<Boolean> all = history.get(kind);
            return all.size() >= count
                    && all.subList(all.size() - count, all.size()).stream().allMatch(one -> one == result);
        }

        /** The newest stretch of equal results that was long enough. */
        private Boolean verdict(Kind kind) {
            List<Boolean> all = history.get(kind);
            Boolean verdict = null;
            int stretch = 0;
            for (int i = 0; i < all.size(); i++) {
                stretch = i > 0 && all.get(i).equals(all.get(i - 1)) ? stretch + 1 : 1;
                if (stretch
                        >= (all.get(i) ? probe(kind).successes() : probe(kind).failures())) {
                    verdict = all.get(i);
                }
            }
            return verdict;
        }

        private ContainerHealth expected() {
            for (Kind kind : Kind.values()) {
                if (Boolean.FALSE.equals(verdict(kind))) {
                    return UNHEALTHY;
                }
            }
            boolean gated = probes.startup() != null || probes.readiness() != null || again;
            boolean open = (probes.startup() != null && verdict(Kind.STARTUP) == null)
                    || (probes.readiness() != null && verdict(Kind.READINESS) == null)
                    || (again && probes.liveness() != null && verdict(Kind.LIVENESS) == null);
            return open ? STARTING : gated ? HEALTHY : NONE;
        }
    }
}
