package io.aiwm.worker.container;

import static io.aiwm.protocol.ContainerHealth.HEALTHY;
import static io.aiwm.protocol.ContainerHealth.NONE;
import static io.aiwm.protocol.ContainerHealth.STARTING;
import static io.aiwm.protocol.ContainerHealth.UNHEALTHY;
import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.protocol.ContainerHealth;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How a container counts by its own state and by its probes. */
class ProbeViewTest {
    private static final String FIRST = "2026-11-27T10:00:00.5Z";
    private static final String SECOND = "2026-11-27T10:00:09.25Z";

    private static EngineContainer seen(String state, ContainerHealth own, int restarts, String startedAt) {
        return new EngineContainer(
                new EngineContainer.Made("c", "name", "image", "sha256:1", "", Map.of()),
                new EngineContainer.Status(state, own.wire(), null, 7, false, restarts, ""),
                Map.of(),
                List.of(),
                new EngineContainer.Run(startedAt, null));
    }

    private static ProbeView view(ContainerHealth health, int restarts, boolean restarting, String before) {
        return new ProbeView(SECOND, health, null, restarts, restarting, false, before);
    }

    @Test
    void it_is_well_only_where_its_image_and_its_probes_say_so() {
        var all = List.of(NONE, STARTING, HEALTHY, UNHEALTHY);
        for (ContainerHealth own : all) {
            for (ContainerHealth probes : all) {
                ContainerHealth both = own == UNHEALTHY || probes == UNHEALTHY
                        ? UNHEALTHY
                        : own == STARTING || probes == STARTING
                                ? STARTING
                                : own == HEALTHY || probes == HEALTHY ? HEALTHY : NONE;
                assertThat(view(probes, 0, false, null)
                                .over(seen("running", own, 0, SECOND), STARTING)
                                .health())
                        .as(own + " " + probes)
                        .isEqualTo(both);
            }
        }
    }

    @Test
    void what_was_found_in_another_run_says_nothing_of_this_one() {
        var healthy = view(HEALTHY, 0, false, null);
        assertThat(healthy.over(seen("running", NONE, 0, FIRST), STARTING).health())
                .isEqualTo(STARTING);
        assertThat(ProbeView.UNSEEN
                        .over(seen("running", NONE, 0, FIRST), STARTING)
                        .health())
                .isEqualTo(STARTING);
        assertThat(ProbeView.UNSEEN.over(seen("running", NONE, 0, FIRST), NONE).health())
                .isEqualTo(NONE);
    }

    @Test
    void while_it_is_restarted_for_a_probe_it_has_not_ended() {
        var restarting = view(UNHEALTHY, 1, true, null);
        assertThat(restarting.over(seen("exited", NONE, 0, SECOND), STARTING).state())
                .isEqualTo(EngineState.RESTARTING);
        var late = view(STARTING, 1, false, FIRST);
        assertThat(late.over(seen("exited", NONE, 0, FIRST), STARTING).state())
                .as("looked at before its restart")
                .isEqualTo(EngineState.RESTARTING);
        assertThat(late.over(seen("exited", NONE, 0, SECOND), STARTING).state()).isEqualTo(EngineState.EXITED);
    }

    @Test
    void restarts_of_the_engine_and_for_probes_count_together() {
        assertThat(view(HEALTHY, 2, false, FIRST)
                        .over(seen("running", NONE, 3, SECOND), STARTING)
                        .restarts())
                .isEqualTo(5);
    }
}
