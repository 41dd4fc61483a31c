package io.aiwm.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Event streams, cut wherever a network cuts them. */
class SseReaderTest {
    private final List<SseReader.Event> events = new ArrayList<>();

    private void feed(SseReader reader, String text, int pieces) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += pieces) {
            reader.feed(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + pieces)));
        }
    }

    @Test
    void events_are_the_same_however_lines_end_and_bytes_are_cut() {
        String stream =
                "\uFEFFid: 1\ndata: ü1\ndata:two\n\n:comment\nevent: x\ndata: {}\n\nretry: 50\nretry: x\nid\n\ndata: last\n\n";
        for (String end : List.of("\n", "\r", "\r\n")) {
            for (int pieces : new int[] {1, 2, 3, 1_000}) {
                events.clear();
                var reader = new SseReader(100, events::add);
                feed(reader, stream.replace("\n", end), pieces);
                assertThat(events)
                        .containsExactly(
                                new SseReader.Event("1", "ü1\ntwo"),
                                new SseReader.Event("1", "{}"),
                                new SseReader.Event(null, "last"));
                assertThat(reader.retryMillis()).isEqualTo(50);
            }
        }
    }

    @Test
    void an_event_that_has_not_ended_is_none() {
        feed(new SseReader(100, events::add), "data: a", 10);
        assertThat(events).isEmpty();
    }

    @Test
    void long_lines_and_many_of_them_end_the_stream() {
        var lines = new SseReader(100, events::add);
        assertThatThrownBy(() -> feed(lines, "x".repeat(101), 7)).isInstanceOf(IllegalStateException.class);
        var many = new SseReader(100, events::add);
        assertThatThrownBy(() -> feed(many, "data: 0123456789\n".repeat(11), 7))
                .isInstanceOf(IllegalStateException.class);
    }
}
