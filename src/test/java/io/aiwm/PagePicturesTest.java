package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The pictures of the page are small enough to be loaded with the text, in both themes, and all are shown. */
class PagePicturesTest {
    private static final long MOST_BYTES = 150_000;
    private static final List<String> PICTURES =
            List.of("page", "page-nodes", "page-deployment", "page-execution", "page-agent", "page-evaluation");

    @Test
    void each_is_shown_in_the_theme_of_the_reader_and_small() throws IOException {
        String page = Files.readString(Path.of("docs", "page.md"));
        for (String picture : PICTURES) {
            for (String file : List.of(picture + ".png", picture + "-light.png")) {
                assertThat(Files.size(Path.of("docs", file))).as(file).isLessThan(MOST_BYTES);
            }
            assertThat(page).contains(sources("", picture));
        }
        assertThat(Files.readString(Path.of("README.md")))
                .contains(sources("docs/", "page"))
                .contains(sources("docs/", "page-agent"));
    }

    private static List<String> sources(String folder, String picture) {
        return List.of(
                "<source media=\"(prefers-color-scheme: light)\" srcset=\"" + folder + picture + "-light.png\">",
                " src=\"" + folder + picture + ".png\">");
    }
}
