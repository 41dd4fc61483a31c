package io.aiwm.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnusedImagesTest {
    private static final Instant NOW = Instant.parse("2026-01-08T00:00:00Z");
    private static final Duration WEEK = Duration.ofDays(7);

    private static UnusedImages seen(EngineImage... images) {
        return new UnusedImages(NOW, List.of(images), List.of(), Map.of(), Set.of());
    }

    private static OwnedImages.Image pulled(String id, Instant used, String... names) {
        return new OwnedImages.Image(id, List.of(names), used, used);
    }

    private static List<String> unused(UnusedImages seen, Set<String> pinned, OwnedImages.Image... known) {
        return seen.unusedImages(List.of(known), pinned, WEEK).stream()
                .map(UnusedImages.Image::name)
                .toList();
    }

    @Test
    void those_go_first_that_were_not_used_for_the_longest_time() {
        var seen = seen(
                new EngineImage("a", List.of("a:1"), List.of(), 1),
                new EngineImage("b", List.of("b:1"), List.of(), 1),
                new EngineImage("c", List.of("c:1"), List.of(), 1));
        assertThat(unused(
                        seen,
                        Set.of(),
                        pulled("a", NOW.minus(WEEK).minusMillis(1), "docker.io/library/a:1"),
                        pulled("b", NOW.minus(WEEK), "docker.io/library/b:1"),
                        pulled("c", NOW.minus(WEEK).minusMillis(2), "docker.io/library/c:1")))
                .containsExactly("c:1", "a:1");
    }

    @Test
    void a_digest_names_an_image_as_well_as_its_tag_does() {
        String digest = "nginx@sha256:" + "0".repeat(64);
        var seen = seen(new EngineImage("a", List.of("nginx:latest"), List.of(digest), 1));
        var known = pulled("a", Instant.EPOCH, "docker.io/library/nginx:latest");
        assertThat(unused(seen, Set.of(), known)).containsExactly("nginx:latest");
        for (String name : List.of(
                "nginx",
                "nginx:latest",
                "docker.io/library/nginx",
                digest,
                "docker.io/library/" + digest,
                digest.replace("@", ":1.27@"),
                "a")) {
            assertThat(unused(seen, Set.of(name), known)).as(name).isEmpty();
        }
        assertThat(unused(seen, Set.of("nginx:1", "ngin", "nginx*", "other/nginx"), known))
                .hasSize(1);
    }

    @Test
    void an_image_whose_tag_has_moved_on_is_named_by_nobody() {
        var seen = seen(new EngineImage("a", List.of(), List.of("nginx@sha256:1"), 1));
        assertThat(unused(seen, Set.of("nginx"), pulled("a", Instant.EPOCH, "docker.io/library/nginx:latest")))
                .containsExactly("a");
    }
}
