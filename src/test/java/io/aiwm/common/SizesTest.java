package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "7B, 7",
        "1k, 1024",
        "2KiB, 2048",
        "512m, 536870912",
        "512MiB, 536870912",
        "8 GiB, 8589934592",
        "8gb, 8589934592",
        "2TiB, 2199023255552"
    })
    void a_unit_is_a_power_of_1024(String text, long bytes) {
        assertThat(Sizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "8 apples", "1.5GiB", "8GiB8", "1e9", "99999999999999999999", "99999999TiB"})
    void anything_else_is_no_size(String text) {
        assertThatThrownBy(() -> Sizes.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_long_text_is_refused_in_time() {
        assertThatThrownBy(() -> Sizes.parse("1".repeat(1_000_000) + "!")).isInstanceOf(IllegalArgumentException.class);
    }
}
