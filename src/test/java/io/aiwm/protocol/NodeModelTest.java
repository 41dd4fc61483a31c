package io.aiwm.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeModelTest {

    @ParameterizedTest
    @CsvSource({
        "https://h/a/m.gguf, m.gguf",
        "https://h/a/m.gguf?x=/1, m.gguf",
        "https://h/a/m.gguf#/f?, m.gguf",
        "https://h/, ''",
        "m, m"
    })
    void a_download_without_a_name_has_its_urls_last(String url, String name) {
        assertThat(NodeModel.nameOf(null, null, url)).isEqualTo(name);
    }

    @Test
    @Timeout(20)
    void a_large_url_takes_no_longer_than_reading_it() {
        assertThat(NodeModel.nameOf(null, null, "https://h/m" + "?".repeat(1_000_000) + "\nx"))
                .isEqualTo("m");
    }
}
