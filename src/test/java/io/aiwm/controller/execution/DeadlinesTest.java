package io.aiwm.controller.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.TransferProgress;
import io.aiwm.testing.TestSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration USUAL = Duration.ofMinutes(10);
    private static final Config.Executions LIMITS = TestSettings.executions()
            .maxOpen(10_000)
            .defaultTimeout(USUAL)
            .retryBackoffMax(Duration.ofSeconds(60))
            .resendAfter(Duration.ofSeconds(5))
            .build();
    private static final CommandId FIRST = new CommandId("ex_1", 0, 1);

    private boolean free = true;
    private final Transitions transitions = new Transitions(
            wish -> free ? Placer.PlacementResult.on("n1") : Placer.PlacementResult.later("none is free"), LIMITS);

    private Execution start(String command, Long stepTimeoutMs, Duration whole) {
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("s")
                .command(command)
                .dependsOn(List.of())
                .timeoutMs(stepTimeoutMs)
                .maxRetries(0)
                .onNodeLost(OnNodeLost.WAIT)
                .build();
        var pending = ExecutionBuilder.builder()
                .id("ex_1")
                .version(1)
                .name("x")
                .category("custom")
                .status(ExecutionState.PENDING)
                .progress(0)
                .timeoutMs(whole.toMillis())
                .createdAt(T0)
                .wakeAtMs(Execution.NEVER)
                .nodeIds(List.of())
                .steps(List.of(Step.of(step)))
                .notes(new ArrayList<>())
                .build();
        return transitions.start(pending, "ann", T0);
    }

    private Execution progress(Execution run, int percent, String words, Duration after) {
        return transitions.progressed(run, FIRST, "n1", percent, words, null, T0.plus(after));
    }

    private static Instant deadline(Execution run) {
        return run.steps().get(0).current().deadline();
    }

    @Test
    void a_download_may_go_on_for_as_long_as_it_gets_further() {
        Execution run = start(CommandNames.MODEL_DOWNLOAD, null, NewExecution.UNLIMITED);
        assertThat(deadline(run)).isEqualTo(T0.plus(USUAL));
        for (int hour = 0; hour < 24; hour++) {
            for (int minute = 0; minute < 60; minute += 9) {
                Duration at = Duration.ofHours(hour).plusMinutes(minute);
                run = progress(run, 1, "downloaded " + at.toMinutes() + " bytes", at);
                assertThat(run.wakeAtMs()).isEqualTo(T0.plus(at).plus(USUAL).toEpochMilli());
                run = transitions.look(run, T0.plus(at).plusSeconds(1));
            }
        }
        assertThat(run.steps().get(0).status()).isEqualTo(StepState.RUNNING);
        // the worker need not know: it is told to stop
        assertThat(Deadlines.ofCommand(run, run.steps().get(0))).isAfter(T0.plus(Duration.ofDays(3_000)));
    }

    @Test
    void one_that_stands_still_ends_though_it_says_so_every_second() {
        Execution run = start(CommandNames.MODEL_DOWNLOAD, null, NewExecution.UNLIMITED);
        run = progress(run, 1, "downloaded 7 bytes", Duration.ofMinutes(1));
        for (int second = 61; second < 660; second++) {
            run = progress(run, 1, "downloaded 7 bytes", Duration.ofSeconds(second));
        }
        assertThat(transitions.look(run, T0.plusSeconds(659)).status()).isEqualTo(ExecutionState.RUNNING);
        run = transitions.look(run, T0.plusSeconds(660));
        assertThat(run.status()).isEqualTo(ExecutionState.TIMEOUT);
        assertThat(run.error().message()).isEqualTo("no progress for 600 s; it said last: downloaded 7 bytes");
    }

    @Test
    void bytes_count_and_not_what_is_said_of_them() {
        Execution run = start(CommandNames.MODEL_CACHE, null, NewExecution.UNLIMITED);
        run = transferred(run, 7, "at 9 bytes/s", Duration.ofMinutes(1));
        run = transferred(run, 7, "at 8 bytes/s", Duration.ofMinutes(5));
        assertThat(deadline(run)).isEqualTo(T0.plus(Duration.ofMinutes(1)).plus(USUAL));
        run = transferred(run, 8, "at 8 bytes/s", Duration.ofMinutes(6));
        assertThat(deadline(run)).isEqualTo(T0.plus(Duration.ofMinutes(6)).plus(USUAL));
    }

    private Execution transferred(Execution run, long bytes, String words, Duration after) {
        var transfer = TransferProgress.of(bytes, 1_000_000, 0, null);
        return transitions.progressed(run, FIRST, "n1", 0, words, transfer, T0.plus(after));
    }

    @Test
    void waiting_for_a_node_has_no_end_and_the_attempt_begins_with_its_node() {
        free = false;
        Execution run = start(CommandNames.DEPLOYMENT_CREATE, null, NewExecution.UNLIMITED);
        run = transitions.look(run, T0.plus(Duration.ofDays(300)));
        assertThat(run.steps().get(0).status()).isEqualTo(StepState.QUEUED);
        free = true;
        run = transitions.look(run, T0.plus(Duration.ofDays(301)));
        assertThat(deadline(run)).isEqualTo(T0.plus(Duration.ofDays(301)).plus(USUAL));
    }

    @Test
    void what_downloads_nothing_has_the_usual_time_whatever_it_says() {
        Execution run = start(CommandNames.DEPLOYMENT_STOP, null, NewExecution.UNLIMITED);
        run = progress(run, 50, "half", Duration.ofMinutes(9));
        assertThat(deadline(run)).isEqualTo(T0.plus(USUAL));
        assertThat(Deadlines.ofCommand(run, run.steps().get(0))).isEqualTo(T0.plus(USUAL));
    }

    @Test
    void a_limit_that_a_user_gave_is_kept() {
        Execution whole = start(CommandNames.MODEL_DOWNLOAD, null, Duration.ofMinutes(20));
        whole = progress(whole, 50, "half", Duration.ofMinutes(9));
        assertThat(deadline(whole)).isEqualTo(T0.plus(Duration.ofMinutes(20)));

        Execution attempt = start(CommandNames.MODEL_DOWNLOAD, 60_000L, NewExecution.UNLIMITED);
        attempt = progress(attempt, 50, "half", Duration.ofSeconds(50));
        assertThat(deadline(attempt)).isEqualTo(T0.plusSeconds(60));

        Execution longest = start(CommandNames.MODEL_DOWNLOAD, null, Duration.ofDays(365));
        assertThat(deadline(longest)).isEqualTo(T0.plus(Duration.ofDays(365)));
    }
}
