package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.common.Sha256;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The protocol tus 1.0 over HTTP and real stores, with controllers that come and go. */
class TusResourceTest extends TusRig {
    private void restart() {
        server.close();
        objects.close().await();
        begin();
    }

    private String state(String version) {
        String[] parts = version.split("/", -1);
        return services.models()
                .get(parts[3])
                .compose(model -> services.models().version(model, parts[5]))
                .await()
                .state()
                .name();
    }

    @Test
    void what_is_spoken_is_told_to_anybody_who_asks() {
        var answer = server.call("OPTIONS", UPLOADS, null, null);
        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(header(answer, "Tus-Version")).isEqualTo("1.0.0");
        assertThat(header(answer, "Tus-Extension"))
                .isEqualTo("creation,creation-with-upload,termination,checksum,expiration");
        assertThat(header(answer, "Tus-Max-Size")).isEqualTo("1000");
        assertThat(server.call("POST", UPLOADS, "operator", null).statusCode()).isEqualTo(412);
    }

    @Test
    void what_arrives_while_the_token_is_looked_up_is_kept() throws IOException {
        lookUpMillis = 100;
        String path = begun(Map.of("name", "tiny", "path", "tiny.gguf", "sha256", Sha256.hex(WEIGHTS)));
        var whole = patch(path, 0, WEIGHTS.length());
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(204);
        assertThat(header(whole, "Upload-Offset")).isEqualTo("" + WEIGHTS.length());
        assertThat(state("/api/models/tiny/versions/1")).isEqualTo("READY");
    }

    @Test
    void an_upload_goes_on_where_it_was_after_the_controller_has_ended() throws IOException {
        String path = begun(Map.of("name", "tiny", "path", "tiny.gguf", "sha256", Sha256.hex(WEIGHTS)));
        assertThat(header(call("HEAD", path, null), "Upload-Offset")).isEqualTo("0");
        var first = patch(path, 0, 10);
        assertThat(first.statusCode()).as(first.body()).isEqualTo(204);
        assertThat(header(first, "Upload-Offset")).isEqualTo("10");
        restart();
        var head = call("HEAD", path, null);
        assertThat(header(head, "Upload-Offset")).isEqualTo("10");
        assertThat(header(head, "Upload-Length")).isEqualTo("" + WEIGHTS.length());
        assertThat(header(head, "Cache-Control")).isEqualTo("no-store");
        assertThat(patch(path, 5, 20).statusCode()).isEqualTo(409);
        restart();
        var last = patch(path, 10, WEIGHTS.length());
        assertThat(last.statusCode()).as(last.body()).isEqualTo(204);
        assertThat(state(header(last, "Aiwm-Model-Version"))).isEqualTo("READY");
        // its sender may not have heard
        assertThat(header(call("HEAD", path, null), "Upload-Offset")).isEqualTo("" + WEIGHTS.length());
        assertThat(objectsThere()).hasSize(1);
    }

    @Test
    void the_body_of_a_creation_is_the_beginning_of_the_file() {
        var answer = call(
                "POST",
                UPLOADS,
                WEIGHTS,
                "Upload-Length",
                "" + WEIGHTS.length(),
                "Upload-Metadata",
                metadata(Map.of("name", "tiny", "filename", "tiny.gguf")));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        assertThat(header(answer, "Upload-Offset")).isEqualTo("" + WEIGHTS.length());
        assertThat(state(header(answer, "Aiwm-Model-Version"))).isEqualTo("READY");
    }
}
