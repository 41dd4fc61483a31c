package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LinksTest {
    @Test
    void a_link_that_stays_in_the_work_directory_is_said_relative_to_its_folder() {
        for (var link : Map.of(
                        "b", "b",
                        "./b//c/", "b/c",
                        "../x", "../x",
                        "..", "..",
                        ".", ".",
                        "/work/x", "../x",
                        "/work", "..")
                .entrySet()) {
            assertThat(Links.inside("a/link", link.getKey(), "/work"))
                    .as(link.getKey())
                    .isEqualTo(link.getValue());
        }
    }

    @Test
    void one_that_leads_out_or_cannot_be_told_is_none() {
        for (String out :
                new String[] {"", "/etc", "/work/../etc", "/worker/x", "../../x", "b/../c", "../b/../../c", "a\0b"}) {
            assertThat(Links.inside("a/link", out, "/work")).as(out).isNull();
        }
    }

    @Test
    void its_end_is_behind_all_links_on_the_way() {
        var links = Map.of(
                "best", "latest/w", "latest", "run/42", "run/42", "41", "round", "a/round2", "a/round2", "../round");
        assertThat(Links.end("best", links)).isEqualTo("run/41/w");
        assertThat(Links.end("round", links)).isNull();
        assertThat(Links.led("a/b/link", "../x")).isEqualTo("a/x");
    }
}
