package io.aiwm.controller.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What docs/jobs.md says of {@code {index}} in the text of an array's tasks. */
class IndexTemplateTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "part-{index}.csv, part-7.csv",
                "{index}{index} of {index}, 77 of 7",
                "for index in x y; do echo file_${index}; done, for index in x y; do echo file_${index}; done",
                "console.log(`${index} {index}`), console.log(`${index} 7`)",
                "$HOME/{index}, $HOME/7",
                "$$${index}, $$${index}",
                "{{index}}, {index}",
                "{{{index}}}, {{index}}",
                "${{index}}, ${index}",
                "{{index} and {index}}, {7 and 7}",
                "{{index}{index}}, {77}",
                "{index, {index",
                "index}, index}",
                "{ index } {indexes} {myindex} index, { index } {indexes} {myindex} index"
            })
    void only_the_bare_name_in_single_braces_becomes_the_index(String text, String filled) {
        assertThat(IndexTemplate.filled(text, 7)).isEqualTo(filled);
    }

    @Test
    void text_of_nothing_but_braces_is_filled_in_linear_time() {
        String braces = "{".repeat(50_000);
        String nested = braces + "index" + "}".repeat(50_000);
        assertThat(IndexTemplate.filled(nested, 7)).hasSize(nested.length() - 2);
        assertThat(IndexTemplate.filled((braces + "index ").repeat(20), 7)).hasSize(20 * (braces.length() + 6));
    }
}
