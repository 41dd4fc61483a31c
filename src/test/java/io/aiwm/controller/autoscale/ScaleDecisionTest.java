package io.aiwm.controller.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.deployment.Autoscale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScaleDecisionTest {
    private static final Autoscale POLICY = new Autoscale(0, 5, 2, 10, 60, 300, 30);

    private int replicas;
    private long now = 7_000;
    private ScaleDecision.State state = ScaleDecision.State.first(0, now);
    private String reason;

    /** Passes so many seconds with so many calls, a decision each second. */
    private int pass(Autoscale policy, int seconds, int calls) {
        for (int i = 0; i < seconds; i++) {
            now += 1_000;
            ScaleDecision decision = ScaleDecision.of(policy, replicas, calls, state, now);
            state = decision.state();
            replicas = decision.replicas();
            reason = decision.reason() == null ? reason : decision.reason();
        }
        return replicas;
    }

    @Test
    void a_call_wakes_it_at_once_and_it_sleeps_when_it_was_idle() {
        assertThat(pass(POLICY, 1_000, 0)).isZero();
        assertThat(pass(POLICY, 1, 1)).isEqualTo(1);
        assertThat(reason).isEqualTo("a call woke it");
        assertThat(pass(POLICY, 1, 0)).isEqualTo(1);
        assertThat(pass(POLICY, 298, 0)).isEqualTo(1);
        assertThat(pass(POLICY, 1, 0)).isZero();
        assertThat(reason).isEqualTo("no call for 300 s");
    }

    @Test
    void it_grows_when_calls_stay_and_not_for_a_burst() {
        pass(POLICY, 1, 1);
        assertThat(pass(POLICY, 10, 8)).isEqualTo(1);
        assertThat(pass(POLICY, 1, 1)).isEqualTo(1);
        pass(POLICY, 5, 8);
        assertThat(pass(POLICY, 5, 6)).isEqualTo(1);
        assertThat(pass(POLICY, 1, 8)).isEqualTo(3); // what was needed all the time
        assertThat(pass(POLICY, 11, 100)).isEqualTo(5);
    }

    @Test
    void it_shrinks_to_what_was_the_most_in_the_window() {
        pass(POLICY, 1, 1);
        pass(POLICY, 60, 10);
        assertThat(replicas).isEqualTo(5);
        pass(POLICY, 30, 2);
        assertThat(pass(POLICY, 30, 5)).isEqualTo(5);
        assertThat(pass(POLICY, 1, 2)).isEqualTo(3);
        assertThat(pass(POLICY, 60, 2)).isEqualTo(3);
        assertThat(pass(POLICY, 1, 2)).isEqualTo(1);
    }

    @Test
    void what_was_enough_before_somebody_changed_the_number_does_not_turn_it_round() {
        var policy = new Autoscale(0, 8, 2, 10, 60, 300, 30);
        pass(policy, 1, 1);
        replicas = 2;
        pass(policy, 5, 6); // three would be enough
        replicas = 5;
        assertThat(pass(policy, 10, 12)).isEqualTo(5);
        assertThat(pass(policy, 1, 12)).isEqualTo(6);
        pass(policy, 40, 8); // four would be enough
        replicas = 3;
        assertThat(pass(policy, 60, 4)).isEqualTo(3);
        assertThat(pass(policy, 1, 4)).isEqualTo(2);
    }

    @Test
    void what_was_just_made_stays_for_its_residence() {
        var policy = new Autoscale(0, 5, 2, 0, 0, 0, 30);
        pass(policy, 1, 1);
        assertThat(pass(policy, 29, 0)).isEqualTo(1);
        assertThat(pass(policy, 1, 0)).isEqualTo(1); // seen to have grown one decision later
        assertThat(pass(policy, 1, 0)).isZero();
    }

    @Test
    void whatever_calls_come_it_keeps_to_its_bounds_and_windows() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new Random(seed);
            int least = random.nextInt(3);
            var policy = new Autoscale(
                    least,
                    least + 1 + random.nextInt(6),
                    1 + random.nextInt(4),
                    random.nextInt(20),
                    random.nextInt(60),
                    random.nextInt(90),
                    random.nextInt(30));
            replicas = least;
            state = ScaleDecision.State.first(least, now);
            long idleSince = now;
            long grownAt = now;
            long changedAt = now;
            for (int i = 0; i < 600; i++) {
                int calls = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
                int before = replicas;
                pass(policy, 1, calls);
                idleSince = calls > 0 ? now : idleSince;
                String what = "seed " + seed + " step " + i + ": " + before + " to " + replicas;
                assertThat(replicas).as(what).isBetween(policy.least(), policy.most());
                if (replicas < before) {
                    assertThat(now - grownAt)
                            .as(what)
                            .isGreaterThanOrEqualTo(policy.residence().toMillis());
                    if (replicas > 0) {
                        assertThat(now - changedAt)
                                .as(what)
                                .isGreaterThanOrEqualTo(policy.downAfter().toMillis());
                    } else {
                        assertThat(now - idleSince)
                                .as(what)
                                .isGreaterThanOrEqualTo(policy.idle().toMillis());
                    }
                    assertThat(calls == 0 || replicas > 0).as(what).isTrue();
                } else if (replicas > before && before > 0) {
                    assertThat(now - changedAt)
                            .as(what)
                            .isGreaterThanOrEqualTo(policy.upAfter().toMillis());
                }
                grownAt = replicas > before ? now : grownAt;
                changedAt = replicas == before ? changedAt : now;
            }
            int steady = random.nextInt(20);
            pass(policy, 300, steady);
            int wanted =
                    Math.max(policy.least(), Math.min(policy.most(), (steady + policy.target() - 1) / policy.target()));
            assertThat(replicas)
                    .as("seed " + seed + " with " + steady + " calls for long")
                    .isEqualTo(wanted);
        }
    }
}
