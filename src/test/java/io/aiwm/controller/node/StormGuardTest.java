package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Storms on a clock turned by hand: ten nodes, a window of three minutes. */
class StormGuardTest {
    private static final Duration WINDOW = Duration.ofMinutes(3);
    private static final Duration LATE = Duration.ofSeconds(90);
    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");

    private Instant now = START;
    private StormGuard guard = new StormGuard(0.5, 3, WINDOW, LATE);
    private Storm storm = Storm.none("storm");
    private final Map<String, Instant> silent = new TreeMap<>();
    private final Set<String> held = new HashSet<>();
    private final Set<String> goodbye = new HashSet<>();
    private final int size = 10;

    private void vanish(int from, int to) {
        for (int i = from; i < to; i++) {
            silent.put("n" + i, now);
        }
    }

    private void comeBack(int from, int to) {
        for (int i = from; i < to; i++) {
            silent.remove("n" + i);
            held.remove("n" + i);
        }
    }

    /** As a sweep does, second by second: what is silent for the window is due, and held while there is a storm. */
    private void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            now = now.plusSeconds(1);
            boolean due = silent.values().stream()
                    .anyMatch(since -> since.plus(WINDOW).equals(now));
            storm = guard.judge(storm, signs(), due, now);
            silent.forEach((id, since) -> {
                if (storm.active() && since.plus(WINDOW).equals(now)) {
                    held.add(id);
                }
            });
            if (!storm.active()) {
                held.clear();
            }
        }
    }

    private List<StormGuard.Sign> signs() {
        var signs = new ArrayList<StormGuard.Sign>();
        for (int i = 0; i < size; i++) {
            String id = "n" + i;
            Instant since = goodbye.contains(id) ? null : silent.get(id);
            signs.add(new StormGuard.Sign(id, !silent.containsKey(id), since, held.contains(id)));
        }
        return signs;
    }

    @Test
    void more_than_the_share_together_is_a_storm_when_the_first_would_be_lost() {
        vanish(0, 6);
        pass(WINDOW.minusSeconds(1));
        assertThat(storm.active()).isFalse();
        pass(Duration.ofSeconds(1));
        assertThat(storm.active()).isTrue();
        assertThat(storm.vanished()).isEqualTo(6);
        assertThat(storm.up()).isEqualTo(10);
        assertThat(storm.nodes()).containsExactly("n0", "n1", "n2", "n3", "n4", "n5");
        assertThat(held).hasSize(6);
        pass(Duration.ofHours(9));
        assertThat(storm.active()).as("it lasts until somebody does something").isTrue();
    }

    @Test
    void half_of_them_is_none() {
        vanish(0, 5);
        pass(WINDOW.multipliedBy(2));
        assertThat(storm.active()).isFalse();
        assertThat(storm.since()).isNull();
    }

    @Test
    void those_that_vanish_a_little_later_belong_to_it() {
        vanish(0, 3);
        pass(Duration.ofSeconds(60));
        vanish(3, 6);
        pass(WINDOW.minusSeconds(60));
        assertThat(storm.active()).isTrue();
        vanish(6, 8);
        pass(WINDOW);
        assertThat(storm.nodes()).hasSize(8);
        assertThat(held).hasSize(8);
    }

    @Test
    void one_after_the_other_is_none() {
        for (int i = 0; i < 8; i++) {
            vanish(i, i + 1);
            pass(WINDOW);
        }
        assertThat(storm.since()).isNull();
    }

    @Test
    void those_that_said_goodbye_do_not_count() {
        goodbye.addAll(Set.of("n0", "n1", "n2", "n3", "n4", "n5"));
        vanish(0, 6);
        pass(WINDOW.multipliedBy(2));
        assertThat(storm.since()).isNull();
    }

    @Test
    void what_was_gone_before_does_not_count() {
        vanish(0, 5);
        pass(WINDOW.multipliedBy(3));
        vanish(5, 7);
        pass(WINDOW);
        assertThat(storm.since()).isNull();
    }

    @Test
    void a_few_of_a_small_fleet_are_none() {
        guard = new StormGuard(0.1, 3, WINDOW, LATE);
        vanish(0, 2);
        pass(WINDOW.multipliedBy(2));
        assertThat(storm.since()).isNull();
    }

    @Test
    void it_is_over_when_all_are_back() {
        vanish(0, 6);
        pass(WINDOW);
        comeBack(0, 6);
        pass(Duration.ofSeconds(1));
        assertThat(storm.active()).isFalse();
        assertThat(storm.outcome()).isEqualTo(Storm.Outcome.RETURNED);
    }

    @Test
    void when_enough_are_back_the_others_get_as_long_again_to_follow() {
        vanish(0, 6);
        pass(WINDOW);
        comeBack(0, 2);
        pass(WINDOW);
        assertThat(storm.active()).isTrue();
        assertThat(storm.calmSince()).isNotNull();
        assertThat(held).hasSize(4);
        pass(Duration.ofSeconds(1));
        assertThat(storm.outcome()).isEqualTo(Storm.Outcome.CALMED);
        assertThat(held).isEmpty();
    }

    @Test
    void when_they_go_again_meanwhile_the_time_begins_anew() {
        vanish(0, 6);
        pass(WINDOW);
        comeBack(0, 2);
        pass(WINDOW.minusSeconds(9));
        vanish(0, 2);
        pass(WINDOW.multipliedBy(3));
        assertThat(storm.active()).isTrue();
        assertThat(storm.calmSince()).isNull();
    }

    @Test
    void what_an_operator_resolved_is_not_held_again_but_a_new_storm_is() {
        vanish(0, 6);
        pass(WINDOW);
        storm = storm.ended(Storm.Outcome.RESOLVED, now, "anna");
        pass(WINDOW);
        vanish(6, 7);
        pass(WINDOW);
        assertThat(storm.active()).isFalse();
        comeBack(0, 7);
        pass(Duration.ofSeconds(9));
        vanish(0, 6);
        pass(WINDOW);
        assertThat(storm.active()).isTrue();
        assertThat(storm.actor()).isNull();
    }

    @Test
    void nodes_last_heard_just_before_a_storm_ended_can_begin_the_next() {
        vanish(0, 6);
        pass(WINDOW);
        Instant heard = now;
        comeBack(0, 6);
        pass(Duration.ofSeconds(1));
        assertThat(storm.outcome()).isEqualTo(Storm.Outcome.RETURNED);
        for (int i = 0; i < 6; i++) {
            silent.put("n" + i, heard);
        }
        pass(WINDOW);
        assertThat(storm.active()).isTrue();
    }

    @Test
    void nothing_and_everything_turn_it_off() {
        for (double share : new double[] {0, 1}) {
            guard = new StormGuard(share, 3, WINDOW, LATE);
            vanish(0, 9);
            pass(WINDOW.multipliedBy(2));
            assertThat(storm.since()).isNull();
            comeBack(0, 9);
        }
    }
}
