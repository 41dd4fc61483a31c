package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobsTest {

    @ParameterizedTest
    @CsvSource({
        "out, out, true",
        "out, out/a/b, true",
        "out/, out/a, true",
        "./out, out/a, true",
        "out, outer, false",
        "*.csv, a.csv, true",
        "*.csv, a/b.csv, false",
        "out/*.csv, out/a.csv, true",
        "**/*.csv, a.csv, true",
        "**/*.csv, a/b/c.csv, true",
        "a/**/z, a/z, true",
        "a/**/z, a/b/c/z, true",
        "a/**, a/b/c, true",
        "a?c, abc, true",
        "a?c, a/c, false",
        "a.c, abc, false",
        "**, any/thing, true",
        "., any/thing, true"
    })
    void a_pattern_fits_as_in_a_shell_and_a_folder_with_all_in_it(String pattern, String path, boolean fits) {
        assertThat(new Globs(List.of(pattern)).fits(path)).isEqualTo(fits);
    }

    @Test
    void the_roots_hold_everything_that_can_fit_and_nothing_twice() {
        assertThat(new Globs(List.of("a/b/*.csv", "a/b/c/d", "e")).roots()).containsExactly("a/b", "e");
        assertThat(new Globs(List.of("a/b", "*.log")).roots()).containsExactly("");
    }

    @Test
    void what_fitted_nothing_is_known() {
        var globs = new Globs(List.of("a", "b"));
        globs.fits("a/x");
        assertThat(globs.unfitted()).containsExactly("b");
    }

    @Test
    void a_pattern_that_leads_out_is_none() {
        assertThat(Globs.refusal("../a")).isNotNull();
        assertThat(Globs.refusal("/a")).isNotNull();
        assertThat(Globs.refusal("a/../b")).isNotNull();
        assertThat(Globs.refusal(" ")).isNotNull();
        assertThat(Globs.refusal("a..b/c")).isNull();
    }
}
