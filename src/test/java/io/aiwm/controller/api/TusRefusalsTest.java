package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.common.Sha256;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Uploads by tus that are refused, given up or not continued, and what they leave. */
class TusRefusalsTest extends TusRig {
    @Test
    void an_upload_is_not_continued_by_a_later_user_of_the_same_name() {
        String upload = header(create(Map.of("name", "new", "path", "a.gguf")), "Location");
        assertThat(call("HEAD", upload, null).statusCode()).isEqualTo(200);
        now = now.plusSeconds(60);
        services.uploads().belongTo(user -> Future.succeededFuture(now));
        assertThat(call("HEAD", upload, null).statusCode()).isEqualTo(404);
        assertThat(call("PATCH", upload, "weights", "Upload-Offset", "0").statusCode())
                .isEqualTo(404);
        assertThat(call("DELETE", upload, null).statusCode()).isEqualTo(404);
        services.uploads().belongTo(user -> Future.succeededFuture(now.minusSeconds(60)));
        assertThat(call("HEAD", upload, null).statusCode()).isEqualTo(200);
    }

    @Test
    void a_version_that_there_is_not_makes_no_model_either() {
        assertThat(create(Map.of("name", "new", "path", "a.gguf", "version", "7"))
                        .statusCode())
                .isEqualTo(404);
        assertThatThrownBy(() -> services.models().get("new").await()).hasMessageContaining("new does not exist");
    }

    @Test
    void a_piece_with_a_wrong_checksum_is_not_taken() throws NoSuchAlgorithmException {
        String path = begun(Map.of("name", "tiny", "path", "tiny.gguf"));
        assertThat(patch(path, 0, 10, "Upload-Checksum", "sha1 " + sum("other")).statusCode())
                .isEqualTo(460);
        assertThat(header(call("HEAD", path, null), "Upload-Offset")).isEqualTo("0");
        assertThat(patch(path, 0, 10, "Upload-Checksum", "crc32 AAAA").statusCode())
                .isEqualTo(400);
        assertThat(patch(path, 0, 10, "Upload-Checksum", "sha1 " + sum(WEIGHTS.substring(0, 10)))
                        .statusCode())
                .isEqualTo(204);
        assertThat(header(call("HEAD", path, null), "Upload-Offset")).isEqualTo("10");
    }

    private static String sum(String text) throws NoSuchAlgorithmException {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void an_upload_that_is_given_up_or_expires_leaves_nothing() throws IOException {
        String ended = begun(Map.of("name", "tiny", "path", "a.gguf"));
        patch(ended, 0, 10);
        assertThat(call("DELETE", ended, null).statusCode()).isEqualTo(204);
        assertThat(call("HEAD", ended, null).statusCode()).isEqualTo(404);
        assertThat(patch(ended, 10, 20).statusCode()).isEqualTo(404);
        assertThat(objectsThere()).isEmpty();
        String late = begun(Map.of("name", "tiny", "path", "b.gguf"));
        patch(late, 0, 10);
        now = now.plus(Duration.ofHours(23));
        services.sweeps().run().await();
        assertThat(header(call("HEAD", late, null), "Upload-Offset")).isEqualTo("10");
        now = now.plus(Duration.ofHours(25));
        services.sweeps().run().await();
        assertThat(call("HEAD", late, null).statusCode()).isEqualTo(404);
        assertThat(objectsThere()).isEmpty();
    }

    @Test
    void a_whole_with_another_checksum_leaves_nothing_but_the_reason() throws IOException {
        String path = begun(Map.of("name", "tiny", "path", "a.gguf", "sha256", "0".repeat(64)));
        var answer = patch(path, 0, WEIGHTS.length());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("checksum", Sha256.hex(WEIGHTS));
        assertThat(call("HEAD", path, null).statusCode()).isEqualTo(404);
        assertThat(objectsThere()).isEmpty();
        assertThatThrownBy(() -> services.models().get("tiny").await()).hasMessageContaining("tiny");
    }

    @Test
    void mistakes_are_refused_and_make_no_version() {
        assertThat(create(Map.of("name", "tiny", "path", "../a")).statusCode()).isEqualTo(422);
        assertThat(create(Map.of("name", "tiny")).statusCode()).isEqualTo(400);
        assertThat(create(Map.of("path", "a")).statusCode()).isEqualTo(400);
        assertThat(create(Map.of("name", "../tiny", "path", "a")).statusCode()).isEqualTo(422);
        assertThat(create(Map.of("model", "nobody", "path", "a")).statusCode()).isEqualTo(404);
        assertThat(call("POST", UPLOADS, null, "Upload-Length", "1", "Upload-Metadata", "path ***")
                        .statusCode())
                .isEqualTo(400);
        var large = call(
                "POST",
                UPLOADS,
                null,
                "Upload-Length",
                "1001",
                "Upload-Metadata",
                metadata(Map.of("name", "tiny", "path", "a")));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThatThrownBy(() -> services.models().get("tiny").await()).hasMessageContaining("tiny");
        String path = begun(Map.of("name", "tiny", "path", "a"));
        assertThat(server.call("HEAD", path, "admin", null, "Tus-Resumable", "1.0.0")
                        .statusCode())
                .as("somebody else's")
                .isEqualTo(404);
        assertThat(call("PATCH", path, WEIGHTS + "more", "Upload-Offset", "0").statusCode())
                .isEqualTo(413);
    }
}
