package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
    /** The jitter at its longest. */
    private final RandomGenerator longest = new RandomGenerator() {
        @Override
        public long nextLong() {
            return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    };

    @Test
    void waits_double_from_one_second_to_sixty() {
        var backoff = new Backoff(longest);

        assertThat(new long[] {
                    lost(backoff),
                    lost(backoff),
                    lost(backoff),
                    lost(backoff),
                    lost(backoff),
                    lost(backoff),
                    lost(backoff),
                    lost(backoff)
                })
                .containsExactly(999, 1_999, 3_999, 7_999, 15_999, 31_999, 59_999, 59_999);
    }

    @Test
    void a_session_begins_the_count_anew() {
        var backoff = new Backoff(longest);
        lost(backoff);
        lost(backoff);

        backoff.succeeded();

        assertThat(lost(backoff)).isEqualTo(999);
    }

    @Test
    void a_controller_that_moves_is_followed_at_once_but_only_once() {
        var backoff = new Backoff(longest);

        assertThat(backoff.next(Ending.Kind.MOVED)).isLessThan(250);
        assertThat(backoff.next(Ending.Kind.MOVED)).isGreaterThan(1_000);
    }

    @Test
    void a_worthless_token_is_shown_seldom() {
        var backoff = new Backoff(() -> 0L);

        assertThat(backoff.next(Ending.Kind.BARRED)).isGreaterThanOrEqualTo(30_000);
        assertThat(backoff.next(Ending.Kind.REFUSED)).isGreaterThanOrEqualTo(5_000);
    }

    @Test
    void close_codes_say_how_soon_to_come_back() {
        assertThat(Ending.closed((short) 1012, null).kind).isEqualTo(Ending.Kind.MOVED);
        assertThat(Ending.closed((short) 4401, "").kind).isEqualTo(Ending.Kind.BARRED);
        assertThat(Ending.closed((short) 4409, "newer").kind).isEqualTo(Ending.Kind.REPLACED);
        assertThat(Ending.closed((short) 4400, null).kind).isEqualTo(Ending.Kind.REFUSED);
        assertThat(Ending.closed(null, null).kind).isEqualTo(Ending.Kind.LOST);
        assertThat(Ending.handshake(401).kind).isEqualTo(Ending.Kind.BARRED);
        assertThat(Ending.handshake(503).kind).isEqualTo(Ending.Kind.LOST);
    }

    private static long lost(Backoff backoff) {
        return backoff.next(Ending.Kind.LOST);
    }
}
