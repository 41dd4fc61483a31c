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
import io.aiwm.worker.container.ProbeState.Kind;
import io.aiwm.worker.container.ProbeState.Look;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the probes of a container find, and in which order: what it says follows from their whole history. */
class ProbeChanceTest extends ProbeRig {
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
