package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.LogsFollow;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Times before the lines of logs. */
class ReplicaLogTimesTest extends ReplicaLogsRig {
    private static final List<String> TIMES = List.of(
            "2026-11-28T09:53:53.000000001Z", "2026-11-28T09:53:53.000000002Z", "2026-11-28T09:53:53.000000003Z");

    @Test
    void with_times_each_line_of_text_begins_with_its_own() throws Exception {
        var lines = reading(path(deployment(2), "?timestamps=true"));
        workers.print(0, "one\ntw", TIMES.subList(0, 2));
        workers.print(1, "uno\n\n", TIMES.subList(1, 3));
        workers.print(0, "o\nno end", TIMES.subList(1, 3));
        workers.end(0);
        workers.print(1, "of an older worker\n");
        workers.end(1);
        assertThat(lines.lines())
                .containsExactly(
                        "[0] " + TIMES.get(0) + " one",
                        "[1] " + TIMES.get(1) + " uno",
                        "[1] " + TIMES.get(2) + " ",
                        "[0] " + TIMES.get(1) + " two",
                        "[0] " + TIMES.get(2) + " no end",
                        "[1] of an older worker");
        assertThat(workers.asked).extracting(LogsFollow::timestamps).containsOnly(true);
    }

    @Test
    void with_times_an_event_has_one_for_each_of_its_lines() throws Exception {
        var lines = reading(path(deployment(2), "?timestamps=true"), "text/event-stream");
        workers.print(1, "un", TIMES.subList(0, 1));
        workers.print(1, "o\ndue\n", TIMES.subList(1, 3));
        workers.print(0, "one\n");
        workers.end(0);
        workers.end(1);
        assertThat(lines.lines().filter(line -> line.startsWith("data")))
                .containsExactly(
                        "data: {\"stream\":\"stdout\",\"text\":\"uno\\ndue\\n\",\"times\":[\"" + TIMES.get(0) + "\",\""
                                + TIMES.get(2) + "\"],\"replica\":1}",
                        "data: {\"stream\":\"stdout\",\"text\":\"one\\n\",\"replica\":0}",
                        "data: {}");
    }

    @Test
    void times_that_are_not_those_of_the_lines_are_left_out() throws Exception {
        var lines = reading(path(deployment(2), "?timestamps=true"));
        workers.print(0, "one\ntwo\n", TIMES);
        workers.print(0, "three\n", List.of("\n[1] not of replica 1"));
        workers.end(0);
        workers.end(1);
        assertThat(lines.lines()).containsExactly("[0] one", "[0] two", "[0] three");
    }

    @Test
    void nobody_who_does_not_ask_is_told_times() throws Exception {
        var lines = reading(path(deployment(1), ""));
        workers.print(0, "one\n");
        workers.end(0);
        assertThat(lines.lines()).containsExactly("one");
        assertThat(workers.asked).extracting(LogsFollow::timestamps).containsOnlyNulls();
    }
}
