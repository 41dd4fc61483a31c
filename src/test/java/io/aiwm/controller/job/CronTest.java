package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/jobs.md says about times, above all where clocks change. In Berlin that is 29 March and 25 October 2026. */
class CronTest {
    private static final String BERLIN = "Europe/Berlin";

    private static List<String> next(String cron, String zone, String from, int many) {
        return Cron.parse(cron, ZoneId.of(zone)).next(Instant.parse(from), many, null).stream()
                .map(Instant::toString)
                .toList();
    }

    @Test
    void a_time_of_day_is_that_of_its_zone() {
        assertThat(next("30 2 * * *", "UTC", "2026-01-01T02:30:00Z", 1)).containsExactly("2026-01-02T02:30:00Z");
        assertThat(next("30 2 * * *", BERLIN, "2026-01-01T02:00:00Z", 1)).containsExactly("2026-01-02T01:30:00Z");
        assertThat(next("30 2 * * *", BERLIN, "2026-07-01T02:00:00Z", 1)).containsExactly("2026-07-02T00:30:00Z");
    }

    @Test
    void a_time_that_a_day_leaves_out_is_left_out_that_day() {
        assertThat(next("30 2 * * *", BERLIN, "2026-03-28T12:00:00Z", 2))
                .as("there is no 02:30 on the 29th")
                .containsExactly("2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z");
        assertThat(next("0 * * * *", BERLIN, "2026-03-29T00:00:00Z", 2))
                .as("hours go on")
                .containsExactly("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z");
    }

    @Test
    void a_time_that_comes_twice_is_due_once_and_what_is_due_every_so_often_goes_on() {
        assertThat(next("30 2 * * *", BERLIN, "2026-10-24T12:00:00Z", 2))
                .as("the first 02:30 of the 25th, then the 26th")
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
        assertThat(next("*/30 * * * *", BERLIN, "2026-10-24T23:45:00Z", 5))
                .containsExactly(
                        "2026-10-25T00:00:00Z",
                        "2026-10-25T00:30:00Z",
                        "2026-10-25T01:00:00Z",
                        "2026-10-25T01:30:00Z",
                        "2026-10-25T02:00:00Z");
    }

    @Test
    void named_hours_are_due_the_first_time_and_wildcards_and_steps_in_both_hours() {
        // 2027-10-31 in Berlin: 02:00 to 02:59 come at 00:00Z and again at 01:00Z
        assertThat(next("30 2 * * 0", BERLIN, "2027-10-30T12:00:00Z", 2))
                .containsExactly("2027-10-31T00:30:00Z", "2027-11-07T01:30:00Z");
        assertThat(next("0 */2 * * *", BERLIN, "2027-10-30T22:30:00Z", 3))
                .containsExactly("2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z", "2027-10-31T03:00:00Z");
        assertThat(next("15 2,3 * * *", BERLIN, "2027-10-30T22:30:00Z", 3))
                .containsExactly("2027-10-31T00:15:00Z", "2027-10-31T02:15:00Z", "2027-11-01T01:15:00Z");
        assertThat(next("*/30 2 * * *", BERLIN, "2027-10-30T22:30:00Z", 3))
                .as("steps of minutes do not make an hour a step")
                .containsExactly("2027-10-31T00:00:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:00:00Z");
    }

    @Test
    void macros_and_days_are_those_of_unix() {
        assertThat(next("@daily", "UTC", "2026-01-01T00:00:00Z", 1)).containsExactly("2026-01-02T00:00:00Z");
        assertThat(next("@weekly", "UTC", "2026-01-01T00:00:00Z", 1))
                .as("Sunday")
                .containsExactly("2026-01-04T00:00:00Z");
        assertThat(next("0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", 1)).containsExactly("2026-01-04T00:00:00Z");
        assertThat(next("0 0 13 * FRI", "UTC", "2026-01-01T00:00:00Z", 3))
                .as("every Friday, and every 13th")
                .containsExactly("2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z");
        assertThat(next("0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", 1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "* * * *",
                "* * * * * *",
                "60 * * * *",
                "0 24 * * *",
                "*/0 * * * *",
                "@reboot",
                "5-1 * * * *"
            })
    void what_is_no_expression_is_refused(String expression) {
        assertThatThrownBy(() -> Cron.parse(expression, ZoneId.of("UTC"))).isInstanceOf(IllegalArgumentException.class);
    }
}
