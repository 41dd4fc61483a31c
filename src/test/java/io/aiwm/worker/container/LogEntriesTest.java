package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogEntriesTest {
    private static final String AT = "2026-11-26T22:06:00.123456789Z ";
    private final LogEntries entries = new LogEntries();
    private final List<String> seen = new ArrayList<>();

    private void add(String text) {
        entries.add(text.getBytes(StandardCharsets.UTF_8));
        for (LogEntries.Entry entry = entries.next(); entry != null; entry = entries.next()) {
            assertThat(entry.stamp + " ").isEqualTo(AT);
            seen.add(new String(entry.payload, StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 30, 31, 32, 1024, 100_000})
    void wherever_it_is_cut_the_entries_are_the_same(int size) {
        String whole = AT + "34828\n" + AT + "\n" + AT + "a b  c\n" + AT + "x".repeat(5000) + "\n" + AT
                + "y".repeat(16 * 1024) + AT + "z\n";
        for (int at = 0; at < whole.length(); at += size) {
            add(whole.substring(at, Math.min(whole.length(), at + size)));
        }
        assertThat(seen)
                .containsExactly("34828\n", "\n", "a b  c\n", "x".repeat(5000) + "\n", "y".repeat(16 * 1024), "z\n");
        assertThat(entries.rest()).isNull();
    }

    @Test
    void what_has_no_end_is_there_when_nothing_more_comes() {
        add(AT + "one\n" + AT + "two");
        assertThat(seen).containsExactly("one\n");
        assertThat(entries.rest().payload).isEqualTo("two".getBytes(StandardCharsets.UTF_8));
        assertThat(entries.rest()).isNull();
    }
}
