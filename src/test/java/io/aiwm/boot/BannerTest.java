package io.aiwm.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BannerTest {
    @TempDir
    Path folder;

    private String of(Config.Mode mode, List<String> missing) {
        Config config = ConfigLoader.load(
                        mode,
                        new ConfigLoader.Sources(null, Map.of(), Map.of("--data-dir", folder.toString()), List.of()))
                .config();
        return Banner.of(config, mode.hasController() ? Secrets.open(config) : null, missing);
    }

    @Test
    void ready_and_an_address_are_said_by_a_controller_that_has_all_of_its_verticles() {
        assertThat(of(Config.Mode.CONTROLLER, List.of())).contains("is ready", "page      http://");
    }

    @Test
    void what_a_controller_goes_without_is_said_instead() {
        assertThat(of(Config.Mode.CONTROLLER, List.of("HttpApiVerticle")))
                .contains("AIWM controller has started", "without   HttpApiVerticle")
                .doesNotContain("is ready", "http://");
        assertThat(of(Config.Mode.CONTROLLER, List.of("SchedulerVerticle")))
                .contains("without   SchedulerVerticle", "page      http://")
                .doesNotContain("is ready");
    }
}
