package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogPositionTest {
    private static final String TWO = "\u00fc";
    private static final String THREE = "\u20ac";
    private static final String FOUR = "\ud83d\ude00";

    private final LogPosition position = new LogPosition();

    @Test
    void what_comes_again_is_left_out_however_it_is_cut() {
        String text = TWO + THREE + "a" + FOUR + "b";
        assertThat(position.printed(TWO + THREE + "a")).isEqualTo(TWO + THREE + "a");
        assertThat(position.printed(FOUR)).isEqualTo(FOUR);
        position.again();
        assertThat(position.printed(TWO)).isEmpty();
        assertThat(position.printed(text.substring(1) + "c")).isEqualTo("bc");
        position.again();
        assertThat(position.printed(text + "c")).isEmpty();
        assertThat(position.printed("d")).isEqualTo("d");
    }

    @Test
    void bytes_that_do_not_come_again_count_as_bytes() {
        position.printed(TWO.repeat(10)); // 20 bytes
        position.again();
        assertThat(position.missing(15)).isZero();
        assertThat(position.missing(1)).isZero();
        assertThat(position.printed(TWO + TWO + "end")).isEqualTo("end");
    }

    @Test
    void more_than_the_client_has_is_missing_and_what_follows_is_told() {
        position.printed("12345");
        position.again();
        assertThat(position.missing(8)).isEqualTo(3);
        assertThat(position.printed("9")).isEqualTo("9");
        position.again();
        assertThat(position.missing(8)).isZero();
        assertThat(position.printed("90")).isEqualTo("0");
    }

    @Test
    void after_a_gap_of_unknown_size_all_that_followed_comes_again() {
        position.printed("12345");
        position.missingSome();
        assertThat(position.printed("89")).isEqualTo("89");
        assertThat(position.again()).isTrue();
        assertThat(position.printed("1234567")).isEqualTo("67");
        assertThat(position.again()).isFalse();
        assertThat(position.printed("123456789")).isEqualTo("89");
    }

    @Test
    void a_character_of_which_the_client_has_a_part_is_told_whole() {
        position.printed("1");
        position.again();
        assertThat(position.printed(FOUR)).isEqualTo(FOUR);
    }
}
