package io.aiwm.inference.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventDataTest {
    private static final String EVENTS = "\uFEFF" + """
            : hello

            event: x
            id: 1
            data: {"a":"\u00e4}\\"{"}

            data:{
            data: "b":
            : within
            data: [1]}

            data: {"c":1}
            data: {"d":1}

            retry: 5

            data: plain

            data: [DONE]

            """;

    private static List<String> read(String text, int size) {
        var events = new EventData(1_000);
        var found = new ArrayList<String>();
        Buffer all = Buffer.buffer(text);
        for (int at = 0; at < all.length(); at += size) {
            events.add(all.getBuffer(at, Math.min(all.length(), at + size)))
                    .forEach(data -> found.add(data.toString()));
        }
        return found;
    }

    @Test
    void however_they_are_cut_and_whatever_ends_their_lines_events_are_read() {
        for (String lineEnd : List.of("\n", "\r\n", "\r")) {
            String text = EVENTS.replace("\n", lineEnd) + (lineEnd.equals("\r") ? ":" : "");
            for (int size : new int[] {1, 2, 3, 7, 50, 10_000}) {
                assertThat(read(text, size))
                        .as("%s pieces of %d", lineEnd.length(), size)
                        .containsExactly(
                                "{\"a\":\"\u00e4}\\\"{\"}",
                                "{\n\"b\":\n[1]}",
                                "{\"c\":1}",
                                "{\"d\":1}",
                                "plain",
                                "[DONE]");
            }
        }
    }

    @Test
    void lines_of_one_event_have_a_limit_together() {
        var events = new EventData(1_000);
        events.add(Buffer.buffer("data: " + "x".repeat(600) + "\n"));
        assertThatThrownBy(() -> events.add(Buffer.buffer("data: " + "x".repeat(600) + "\n")))
                .isInstanceOf(UsageEventFilter.LineTooLong.class);
    }
}
