package io.aiwm.worker.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
    void the_roots_hold_everything_that_can_fit_and_say_what_others_hold() {
        assertThat(new Globs(List.of("a/b/*.csv", "a/b/c/d", "e")).roots())
                .containsExactly(
                        new Globs.Root("a/b", true, false),
                        new Globs.Root("a/b/c/d", false, true),
                        new Globs.Root("e", false, false));
        assertThat(new Globs(List.of("a/b", "*.log", "a/b/*")).roots())
                .containsExactly(
                        new Globs.Root("", true, false),
                        new Globs.Root("a/b", false, true),
                        new Globs.Root("a/b", true, true));
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

    /** 24 patterns that a regular expression would try for years. */
    @Test
    @Timeout(20)
    void a_pattern_of_many_stars_tries_nothing_twice() {
        String hostile = "a*".repeat(24) + "b";
        var globs = new Globs(Collections.nCopies(24, hostile));
        assertThat(globs.fits("a".repeat(200))).isFalse();
        assertThat(globs.fits("a".repeat(200) + "b")).isTrue();
        var folders = new Globs(List.of("**/a/".repeat(150) + "b", "*".repeat(999) + "b", "?*".repeat(499) + "b"));
        assertThat(folders.fits("a/".repeat(2_000) + "c")).isFalse();
    }

    @Test
    void it_fits_what_it_fitted_as_a_regular_expression() {
        var random = new Random(3);
        String[] of = {"a", "b", "*", "?", "**", "/", "/**/", ".", "ab"};
        for (int i = 0; i < 20_000; i++) {
            String pattern = text(random, of, 6);
            String path = text(random, new String[] {"a", "b", "ab", "/a", "/b", "."}, 6);
            if (Globs.refusal(pattern) == null && !path.startsWith("/")) {
                assertThat(new Globs(List.of(pattern)).fits(path))
                        .as(pattern + " of " + path)
                        .isEqualTo(Pattern.compile(regex(pattern) + "(?:/.*)?", Pattern.DOTALL)
                                .matcher(path)
                                .matches());
            }
        }
    }

    private static String text(Random random, String[] of, int most) {
        var text = new StringBuilder();
        for (int j = random.nextInt(most); j >= 0; j--) {
            text.append(of[random.nextInt(of.length)]);
        }
        return text.toString();
    }

    /** As it was. */
    private static String regex(String said) {
        List<String> names = Arrays.stream(said.split("/"))
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .toList();
        if (names.isEmpty()) {
            return ".*";
        }
        var regex = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            boolean last = i == names.size() - 1;
            if (names.get(i).equals("**")) {
                regex.append(last ? ".*" : "(?:[^/]+/)*");
                continue;
            }
            for (char c : names.get(i).toCharArray()) {
                regex.append(c == '*' ? "[^/]*" : c == '?' ? "[^/]" : Pattern.quote(String.valueOf(c)));
            }
            regex.append(last ? "" : "/");
        }
        return regex.toString();
    }
}
