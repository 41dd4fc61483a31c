package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server of uploads by tus, whose controller comes and goes. */
@Timeout(60)
abstract class TusRig {
    static final String UPLOADS = "/api/models/uploads";
    static final String WEIGHTS = "the weights of a model, which come in pieces";

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    SqliteStore store;
    LocalObjectStore objects;
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    ModelServices services;
    TestServer server;
    volatile long lookUpMillis = 1;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(Models.collections()).await();
        begin();
    }

    /** A controller that knows nothing of what the one before had in memory. */
    void begin() {
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
    Future<Principal> looksUp(String token) {
        return vertx.timer(lookUpMillis, TimeUnit.MILLISECONDS)
                .map(new Principal(token, Role.OPERATOR, token, Instant.MAX));
    }

    @AfterEach
    void close() {
        server.close();
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    HttpResponse<String> call(String method, String path, String body, String... headers) {
        var all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Tus-Resumable", "1.0.0"));
        if (body != null) {
            all.addAll(List.of("Content-Type", "application/offset+octet-stream"));
        }
        return server.call(method, path, "operator", body, all.toArray(String[]::new));
    }

    static String metadata(Map<String, String> said) {
        return String.join(
                ",",
                said.entrySet().stream()
                        .map(entry -> entry.getKey() + " "
                                + Base64.getEncoder()
                                        .encodeToString(entry.getValue().getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    HttpResponse<String> create(Map<String, String> said) {
        return call("POST", UPLOADS, null, "Upload-Length", "" + WEIGHTS.length(), "Upload-Metadata", metadata(said));
    }

    static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }

    String begun(Map<String, String> said) {
        var answer = create(said);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return header(answer, "Location");
    }

    HttpResponse<String> patch(String path, int from, int to, String... more) {
        var headers = new ArrayList<>(List.of(more));
        headers.addAll(List.of("Upload-Offset", "" + from));
        return call("PATCH", path, WEIGHTS.substring(from, to), headers.toArray(String[]::new));
    }

    List<String> objectsThere() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("objects"))) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(name -> !name.endsWith(".place"))
                    .toList();
        }
    }
}
