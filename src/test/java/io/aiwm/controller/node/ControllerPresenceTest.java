package io.aiwm.controller.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Timelines of one controller's looks at the others: a look every five seconds, patience of ninety. */
class ControllerPresenceTest {
    private long second;
    private final ControllerPresence presence = new ControllerPresence(
            FleetUnderTest.LIMITS, () -> Duration.ofSeconds(second).toNanos());
    private final Map<String, Long> stored = new HashMap<>();
    private boolean beats = true;

    private void look() {
        presence.looked(stored, presence.now());
    }

    /** The other beats, unless it does not, and this one looks. */
    private void pass(Duration time) {
        for (long left = time.toSeconds(); left > 0; left -= 5) {
            second += 5;
            if (beats) {
                stored.merge("other", 1L, Long::sum);
            }
            look();
        }
    }

    @Test
    void a_controller_lives_while_its_version_changes_and_is_dead_when_it_stood_still_too_long() {
        pass(Duration.ofMinutes(10));
        assertThat(presence.lives("other")).isTrue();
        assertThat(presence.silence("other")).isZero();
        beats = false;
        pass(Duration.ofSeconds(85));
        assertThat(presence.lives("other")).isTrue();
        pass(Duration.ofSeconds(5));
        assertThat(presence.lives("other")).isFalse();
        assertThat(presence.silence("other")).hasSeconds(90);
        beats = true;
        pass(Duration.ofSeconds(5));
        assertThat(presence.lives("other")).isTrue();
    }

    @Test
    void a_store_that_cannot_be_read_blames_nobody_not_even_when_it_can_again() {
        pass(Duration.ofSeconds(10));
        second += 600;
        assertThat(presence.lives("other")).as("no look has succeeded since").isTrue();
        beats = false; // nor could it write
        pass(Duration.ofSeconds(5));
        assertThat(presence.lives("other")).isTrue();
        pass(Duration.ofSeconds(85));
        assertThat(presence.lives("other")).isTrue();
        pass(Duration.ofSeconds(5));
        assertThat(presence.lives("other")).isFalse();
    }

    @Test
    void a_look_that_took_long_blames_nobody() {
        pass(Duration.ofSeconds(10));
        long began = presence.now();
        second += 100;
        presence.looked(stored, began);
        assertThat(presence.lives("other")).isTrue();
    }

    @Test
    void one_that_is_dead_stays_so_over_a_pause_of_ours() {
        pass(Duration.ofSeconds(10));
        beats = false;
        pass(Duration.ofSeconds(100));
        second += 600;
        look();
        assertThat(presence.lives("other")).isFalse();
    }

    @Test
    void one_never_heard_of_lives_until_a_look_shows_that_it_has_no_record() {
        pass(Duration.ofSeconds(10));
        second += 1;
        assertThat(presence.lives("new"))
                .as("it may have begun since the last look")
                .isTrue();
        long began = presence.now();
        assertThat(presence.lives("newer")).isTrue();
        second += 1;
        assertThat(presence.lives("newest")).isTrue();
        stored.put("new", 1L);
        presence.looked(stored, began);
        assertThat(presence.lives("new")).isTrue();
        assertThat(presence.lives("newest")).as("the look began before").isTrue();
        second += 5;
        look();
        assertThat(presence.lives("newer")).isFalse();
        assertThat(presence.lives("newest")).isFalse();
        assertThat(presence.lives(null)).isFalse();
    }

    @Test
    void one_that_stopped_in_order_is_gone_at_the_next_look() {
        pass(Duration.ofSeconds(10));
        stored.clear();
        beats = false;
        pass(Duration.ofSeconds(5));
        assertThat(presence.lives("other")).isFalse();
        assertThat(presence.silence("other")).hasSeconds(5);
    }

    @Test
    void a_record_that_is_made_anew_counts_as_alive() {
        pass(Duration.ofSeconds(100));
        stored.put("other", 1L);
        beats = false;
        second += 5;
        look();
        assertThat(presence.silence("other")).isZero();
    }

    @Test
    void a_record_of_one_that_is_long_dead_is_swept() {
        pass(Duration.ofSeconds(10));
        beats = false;
        pass(Duration.ofMinutes(55));
        assertThat(presence.looked(stored, presence.now())).isEmpty();
        pass(Duration.ofMinutes(5));
        assertThat(presence.looked(stored, presence.now())).containsExactly("other");
    }

    @Test
    void nobody_else_lives_where_a_store_belongs_to_one_process() {
        var alone = ControllerPresence.alone();
        assertThat(alone.lives("other")).isFalse();
        assertThat(alone.silence("other")).isNull();
    }

    @Test
    void the_pace_follows_the_fleets_within_bounds() {
        assertThat(presence.every()).hasSeconds(5);
        assertThat(presence.patience()).hasSeconds(90);
    }
}
