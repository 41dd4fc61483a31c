package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.controller.model.ModelState;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.ModelVersionBuilder;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ModelViewTest {
    @Test
    void where_a_version_came_from_is_shown_without_what_opens_it() {
        Instant now = Instant.parse("2026-11-27T10:00:00Z");
        ModelVersion version = ModelVersionBuilder.builder()
                .id("model_1:1")
                .modelId("model_1")
                .number(1)
                .state(ModelState.READY)
                .source(new JsonObject("""
                    {"name": "tiny", "urls": [{"url": "https://bucket.example/a.gguf?X-Amz-Signature=s3cret", "path": "a.gguf"}]}\
                    """))
                .createdAt(now)
                .updatedAt(now)
                .build();

        for (JsonObject shown : new JsonObject[] {ModelView.of(version), ModelView.inList(version)}) {
            JsonObject url = shown.getJsonObject("source").getJsonArray("urls").getJsonObject(0);
            assertThat(url.getString("url")).isEqualTo("https://bucket.example/a.gguf");
            assertThat(url.getString("path")).isEqualTo("a.gguf");
        }
        assertThat(version.source().encode()).as("what is stored").contains("s3cret");
    }
}
