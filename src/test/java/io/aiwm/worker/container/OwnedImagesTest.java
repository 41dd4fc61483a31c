package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.worker.command.SettableClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnedImagesTest {
    @TempDir
    Path folder;

    private final SettableClock clock = new SettableClock();
    private OwnedImages brought;

    @BeforeEach
    void open() {
        brought = another();
    }

    private OwnedImages another() {
        return new OwnedImages(folder.resolve("worker").resolve("brought.json"), clock);
    }

    private static EngineImage image(String id, String... tags) {
        return new EngineImage(id, List.of(tags), List.of(), 1);
    }

    @Test
    void only_what_came_with_a_pull_of_ours_is_ours() {
        brought.pulled("nginx", "a", null);
        brought.pulled("redis", "b", image("b", "redis:latest"));
        assertThat(another().images())
                .containsExactly(new OwnedImages.Image(
                        "a", List.of("docker.io/library/nginx:latest"), clock.instant(), clock.instant()));
    }

    @Test
    void a_name_that_somebody_gave_our_image_does_not_become_ours_by_a_pull() {
        brought.pulled("nginx:1", "a", null);
        brought.pulled("nginx:mine", "a", image("a", "nginx:1", "nginx:mine"));
        brought.pulled("nginx:2", "a", image("a", "nginx:1", "nginx:mine"));
        assertThat(brought.images().get(0).names())
                .containsExactly("docker.io/library/nginx:1", "docker.io/library/nginx:2");
    }

    @Test
    void one_that_the_engine_has_no_more_is_forgotten_unless_it_came_meanwhile() {
        brought.pulled("nginx", "a", null);
        clock.tick(Duration.ofMinutes(1));
        var asOf = clock.instant();
        brought.pulled("redis", "b", null);
        brought.seenImages(Set.of(), Set.of(), asOf);
        assertThat(brought.images()).extracting(OwnedImages.Image::id).containsExactly("b");
    }

    @Test
    void a_volume_that_is_used_again_begins_anew() {
        var first = clock.instant();
        brought.seenVolumes(Set.of("v"), Map.of("v", "dep_1"), Set.of("v"));
        clock.tick(Duration.ofDays(1));
        brought.seenVolumes(Set.of("v"), Map.of(), Set.of("v"));
        assertThat(brought.volumes()).containsExactly(new OwnedImages.Volume("v", "dep_1", first));
        brought.seenVolumes(Set.of("v"), Map.of(), Set.of());
        assertThat(brought.volumes()).containsExactly(new OwnedImages.Volume("v", "dep_1", null));
        brought.seenVolumes(Set.of("v"), Map.of(), Set.of("v"));
        brought.saveIfChanged();
        assertThat(another().volumes()).containsExactly(new OwnedImages.Volume("v", "dep_1", clock.instant()));
        brought.seenVolumes(Set.of(), Map.of(), Set.of());
        assertThat(brought.volumes()).isEmpty();
    }
}
