package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.model.ModelServices;
import io.aiwm.controller.model.ModelUsers;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The protocol tus 1.0 over HTTP and real stores, with controllers that come and go. */
@Timeout(60)
class TusResourceTest {
    private static final String UPLOADS = "/api/models/uploads";
    private static final String WEIGHTS = "the weights of a model, which come in pieces";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private SqliteStore store;
    private LocalObjectStore objects;
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private ModelServices services;
    private TestServer server;
    private volatile long lookUpMillis = 1;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(Models.collections()).await();
        begin();
    }

    /** A controller that knows nothing of what the one before had in memory. */
    private void begin() {
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        services = new ModelServices(
                vertx,
                store,
                objects,
                () -> now,
                new Config.Models(1_000, 0, 0, URI.create("https://hub.example"), null, List.of(), Duration.ofDays(1)),
                true,
                ModelUsers.NOBODY);
        server = new TestServer(List.of(new TusResource(services.uploads(), services.models(), 1_000)), this::looksUp);
    }

    /** Only when the store has answered, and what the caller sends is there by then. */
    private Future<Principal> looksUp(String token) {
        return vertx.timer(lookUpMillis, TimeUnit.MILLISECONDS)
                .map(new Principal(token, Role.OPERATOR, token, Instant.MAX));
    }

    private void restart() {
        server.close();
        objects.close().await();
        begin();
    }

    @AfterEach
    void close() {
        server.close();
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private HttpResponse<String> call(String method, String path, String body, String... headers) {
        var all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Tus-Resumable", "1.0.0"));
        if (body != null) {
            all.addAll(List.of("Content-Type", "application/offset+octet-stream"));
        }
        return server.call(method, path, "operator", body, all.toArray(String[]::new));
    }

    private static String metadata(Map<String, String> said) {
        return String.join(
                ",",
                said.entrySet().stream()
                        .map(entry -> entry.getKey() + " "
                                + Base64.getEncoder()
                                        .encodeToString(entry.getValue().getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    private HttpResponse<String> create(Map<String, String> said) {
        return call("POST", UPLOADS, null, "Upload-Length", "" + WEIGHTS.length(), "Upload-Metadata", metadata(said));
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }

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

    private String begun(Map<String, String> said) {
        var answer = create(said);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return header(answer, "Location");
    }

    private HttpResponse<String> patch(String path, int from, int to, String... more) {
        var headers = new ArrayList<>(List.of(more));
        headers.addAll(List.of("Upload-Offset", "" + from));
        return call("PATCH", path, WEIGHTS.substring(from, to), headers.toArray(String[]::new));
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

    private List<String> objectsThere() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("objects"))) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.endsWith(".place"))
                    .toList();
        }
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
