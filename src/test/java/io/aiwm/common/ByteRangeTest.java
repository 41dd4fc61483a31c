package io.aiwm.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of an object of ten bytes, as RFC 9110 has them. */
class ByteRangeTest {
    private static final String TAG = "\"a\"";

    private static ByteRange of(String range) {
        return ByteRange.of(range, null, TAG, 10);
    }

    @ParameterizedTest
    @CsvSource({"bytes=0-3,0,4", "bytes=3-,3,7", "bytes=-4,6,4", "bytes=0-99,0,10", "bytes=-99,0,10", "Bytes=9-9,9,1"})
    void one_range_is_given(String range, long first, long length) {
        assertThat(of(range)).isEqualTo(new ByteRange(first, length, true));
        assertThat(of(range).contentRange(10)).isEqualTo("bytes " + first + "-" + (first + length - 1) + "/10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=11-12", "bytes=-0"})
    void what_lies_beyond_the_end_cannot_be_given(String range) {
        assertThat(of(range)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=5-2", "bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes 0-1", ""})
    void what_is_malformed_or_more_than_one_range_is_ignored(String range) {
        assertThat(of(range)).isEqualTo(new ByteRange(0, 10, false));
    }

    @Test
    void a_range_of_another_content_is_ignored() {
        assertThat(ByteRange.of("bytes=1-2", TAG, TAG, 10)).isEqualTo(new ByteRange(1, 2, true));
        assertThat(ByteRange.of("bytes=1-2", "\"b\"", TAG, 10)).isEqualTo(new ByteRange(0, 10, false));
        assertThat(ByteRange.of("bytes=1-2", "W/\"a\"", TAG, 10)).isEqualTo(new ByteRange(0, 10, false));
        assertThat(ByteRange.of(null, null, TAG, 10)).isEqualTo(new ByteRange(0, 10, false));
    }
}
