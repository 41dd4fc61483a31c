package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogStampTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11-28T09:53:53.123456789Z, 2026-11-28T09:53:53.123456789Z",
        "2026-11-28T10:53:53.1+01:00, 2026-11-28T09:53:53.100000000Z",
        "2026-11-28T09:53:53Z, 2026-11-28T09:53:53.000000000Z",
        "yesterday,",
        "'',",
    })
    void times_are_told_in_utc_with_nine_digits(String stamp, String told) {
        assertThat(LogStamp.of(stamp)).isEqualTo(told);
    }
}
