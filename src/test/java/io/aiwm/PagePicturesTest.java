package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The pictures of the page are small enough to be loaded with the text, and all are shown. */
class PagePicturesTest {
    private static final long MOST_BYTES = 150_000;
    private static final List<String> PICTURES = List.of(
            "page.png",
            "page-nodes.png",
            "page-deployment.png",
            "page-execution.png",
            "page-agent.png",
            "page-evaluation.png");

    @Test
    void each_is_shown_and_small() throws IOException {
        String page = Files.readString(Path.of("docs", "page.md"));
        for (String picture : PICTURES) {
            assertThat(Files.size(Path.of("docs", picture))).as(picture).isLessThan(MOST_BYTES);
            assertThat(page).contains("](" + picture + ")");
        }
        assertThat(Files.readString(Path.of("README.md"))).contains("](docs/page.png)", "](docs/page-agent.png)");
    }
}
