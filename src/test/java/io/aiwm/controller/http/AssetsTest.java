package io.aiwm.controller.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AssetsTest {
    private final Assets assets = new Assets();

    @Test
    void a_name_is_a_file_below_the_folder_or_nothing() {
        assertThat(assets.find("/web", "index.html")).isNotNull();
        assertThat(assets.find("/web", "../web/index.html")).isNull();
        assertThat(assets.find("/web", "//index.html")).isNull();
        assertThat(assets.find("/web", "")).isNull();
    }

    @Test
    void a_path_of_many_slashes_exhausts_no_stack() {
        assertThat(assets.find("/web", "a/".repeat(200_000) + "..")).isNull();
    }
}
