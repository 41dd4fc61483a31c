package io.aiwm.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
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

        assertThat(backoff.next(LinkEnding.Kind.MOVED)).isLessThan(250);
        assertThat(backoff.next(LinkEnding.Kind.MOVED)).isGreaterThan(1_000);
    }

    @Test
    void who_was_refused_comes_again_soon_at_first_and_seldom_in_the_end() {
        for (LinkEnding.Kind kind : new LinkEnding.Kind[] {LinkEnding.Kind.BARRED, LinkEnding.Kind.REFUSED}) {
            var backoff = new Backoff(longest);
            assertThat(LongStream.range(0, 6).map(next -> backoff.next(kind)))
                    .as(kind.name())
                    .containsExactly(9_999L, 19_999L, 39_999L, 59_999L, 59_999L, 59_999L);
            assertThat(new Backoff(() -> 0L).next(kind)).isEqualTo(5_000);
        }
    }

    @Test
    void a_refusal_says_what_to_do() {
        assertThat(LinkEnding.handshake(401, false, "show a node token").getMessage())
                .contains("this worker has none");
        assertThat(LinkEnding.handshake(401, true, "the token was revoked").getMessage())
                .endsWith("node token: the token was revoked");
        assertThat(LinkEnding.handshake(401, true, "").advice("node-1"))
                .contains("POST /api/nodes/node-1/token", "NODE_TOKEN");
        assertThat(LinkEnding.closed((short) 4401, "expired").advice("node-1")).contains("NODE_TOKEN");
        assertThat(LinkEnding.handshake(503, true, "").advice("node-1")).isEmpty();
    }

    @Test
    void close_codes_say_how_soon_to_come_back() {
        assertThat(LinkEnding.closed((short) 1012, null).kind).isEqualTo(LinkEnding.Kind.MOVED);
        assertThat(LinkEnding.closed((short) 4401, "").kind).isEqualTo(LinkEnding.Kind.BARRED);
        assertThat(LinkEnding.closed((short) 4409, "newer").kind).isEqualTo(LinkEnding.Kind.REPLACED);
        assertThat(LinkEnding.closed((short) 4400, null).kind).isEqualTo(LinkEnding.Kind.REFUSED);
        assertThat(LinkEnding.closed(null, null).kind).isEqualTo(LinkEnding.Kind.LOST);
        assertThat(LinkEnding.handshake(401, true, "").kind).isEqualTo(LinkEnding.Kind.BARRED);
        assertThat(LinkEnding.handshake(503, true, "").kind).isEqualTo(LinkEnding.Kind.LOST);
    }

    private static long lost(Backoff backoff) {
        return backoff.next(LinkEnding.Kind.LOST);
    }
}
