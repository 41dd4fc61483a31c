package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HttpStatusTest {
    @Test
    void a_server_that_fails_or_is_busy_may_succeed_later_and_one_that_does_not_know_how_may_not() {
        assertThat(IntStream.range(100, 508).filter(HttpStatus::isPassing))
                .containsExactly(408, 429, 500, 502, 503, 504, 506, 507);
    }

    @Test
    void another_server_is_asked_at_once_only_where_nothing_was_made() {
        assertThat(IntStream.range(100, 600).filter(HttpStatus::isUnanswered)).containsExactly(429, 502, 503, 504);
    }
}
