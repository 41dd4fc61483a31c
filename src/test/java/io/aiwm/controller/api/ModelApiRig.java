package io.aiwm.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.TestServer;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.SignedUrls;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Models over REST, over real stores. */
abstract class ModelApiRig {
    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final InstantSource clock = InstantSource.system();
    SqliteStore store;
    LocalObjectStore objects;
    /** Made by the test, with the resources it is about. */
    TestServer server;

    /** Opens the stores. */
    void open(DocumentStore.Collection... more) {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(Models.collections());
        collections.add(IdempotencyKeys.COLLECTION);
        collections.addAll(List.of(more));
        store.open(collections).await();
        objects = new LocalObjectStore(
                vertx, folder.resolve("objects"), new SignedUrls("a key of tokens that is long enough", clock));
        objects.open().await();
    }

    @AfterEach
    void close() {
        server.close();
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    /** @param body with single quotes for double ones */
    HttpResponse<String> call(String method, String path, String body, String... headers) {
        return server.call(method, path, "operator", body == null ? null : body.replace('\'', '"'), headers);
    }

    HttpResponse<String> upload(String query, String content) {
        return call("POST", "/api/models/upload?" + query, content, "Content-Type", "application/octet-stream");
    }

    static JsonObject json(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return new JsonObject(answer.body());
    }
}
