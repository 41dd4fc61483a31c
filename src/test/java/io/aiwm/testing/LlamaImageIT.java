package io.aiwm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine that other tests deploy: it is built, reads a model of ours and answers. */
@Timeout(300)
class LlamaImageIT {
    @TempDir
    Path folder;

    @Test
    void the_engine_answers_from_a_model_of_the_image_and_from_one_that_is_mounted() throws Exception {
        try (var server = LlamaServer.start(null, List.of("-m", TinyModels.IN_IMAGE + "/" + TinyModels.Q8_0))) {
            assertThat(server.chat("hi")).isEqualTo(TinyModels.ANSWER);
        }
        TinyModels models = TinyModels.in(Files.createDirectory(folder.resolve("models")));
        try (var server = LlamaServer.start(models.folder(), List.of("-m", "/mounted/" + TinyModels.SPLIT_1))) {
            assertThat(server.complete("count 7", 20)).isEqualTo(" eight nine ten");
            assertThat(server.reportedBytes("KV")).isEqualTo(8L << 20);
            assertThat(server.usedBytes()).isGreaterThan(server.reportedBytes("KV"));
        }
        assertThat(LlamaImage.tag()).isEqualTo(LlamaImage.tag()).matches("aiwm-test/llama:[0-9a-f]{12}");
    }
}
