package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A container between two of the engine's tries. */
class RestartsTest {
    private long nanos;
    private final Restarts restarts = new Restarts(() -> nanos);

    private EngineContainer seen(String state, int count, Integer exitCode) {
        return restarts.asItCounts(new EngineContainer(
                new EngineContainer.Made("c", "name", "image", "sha256:1", "", Map.of()),
                new EngineContainer.Status(state, "none", null, exitCode, false, count, ""),
                Map.of(),
                List.of(),
                EngineContainer.Run.UNKNOWN));
    }

    private void after(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void it_counts_as_restarting_with_its_last_code_until_it_has_run_for_a_while() {
        assertThat(seen("running", 0, null).state()).isEqualTo(EngineState.RUNNING);
        seen("restarting", 1, 7);
        after(Duration.ofMillis(100));
        var between = seen("running", 1, null);
        assertThat(between.state()).isEqualTo(EngineState.RESTARTING);
        assertThat(between.exitCode()).isEqualTo(7);
        assertThat(restarts.isCalm("c")).isFalse();
        after(Restarts.CALM);
        assertThat(seen("running", 1, null).state()).isEqualTo(EngineState.RUNNING);
    }

    @Test
    void a_long_pause_before_the_try_is_not_time_that_it_has_run() {
        seen("restarting", 8, 7);
        after(Duration.ofSeconds(25));
        assertThat(seen("running", 8, null).state()).isEqualTo(EngineState.RESTARTING);
    }

    @Test
    void a_restart_that_nobody_saw_counts_too_and_its_event_says_the_code() {
        seen("running", 0, null);
        restarts.died("c", 3);
        var between = seen("running", 1, null);
        assertThat(between.state()).isEqualTo(EngineState.RESTARTING);
        assertThat(between.exitCode()).isEqualTo(3);
    }

    @Test
    void one_that_has_ended_or_that_somebody_started_anew_counts_as_it_is() {
        seen("restarting", 2, 7);
        assertThat(seen("exited", 3, 7).state()).isEqualTo(EngineState.EXITED);
        assertThat(seen("running", 0, null).state()).isEqualTo(EngineState.RUNNING);
        assertThat(restarts.isCalm("c")).isTrue();
    }

    @Test
    void what_a_new_worker_finds_running_counts_as_running_however_often_it_was_restarted() {
        assertThat(seen("running", 12, null).state()).isEqualTo(EngineState.RUNNING);
    }
}
