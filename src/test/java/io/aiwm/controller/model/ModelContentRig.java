package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models and their content in real stores, at times that a test sets. */
@Timeout(120)
abstract class ModelContentRig {
    static final String WEIGHTS = "the weights of a model";
    static final Config.Models NO_LIMITS = limits(1_000_000, 0);

    static Config.Models limits(long file, long user) {
        return new Config.Models(file, user, 0, URI.create("https://hub.example"), null, List.of(), Duration.ofDays(1));
    }

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    SqliteStore store;
    ObjectStore objects;
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    ModelServices services;
    Model model;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(Models.collections()).await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        services = services(store, objects, NO_LIMITS);
        model = create(services, "tiny");
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    ModelServices services(DocumentStore records, ObjectStore bytes, Config.Models limits) {
        return new ModelServices(vertx, records, bytes, () -> now, limits, true, ModelUsers.NOBODY);
    }

    static Model create(ModelServices of, String name) {
        return of.models()
                .create("model_" + name, new ModelRequest(name, null, null, null, null), "ada")
                .await();
    }

    Future<ModelVersion> upload(ModelServices of, String path, String content) {
        return of.models()
                .get(model.id())
                .compose(found -> of.models().addVersion(found, null, "ada"))
                .compose(version -> put(of, version, path, content))
                .compose(of.content()::commit);
    }

    Future<ModelVersion> put(ModelServices of, ModelVersion version, String path, String content) {
        return of.content()
                .put(
                        version,
                        new ModelContent.Sent(path, Sha256.hex(content), content.length(), "ada"),
                        Pieces.of(vertx, Buffer.buffer(content), 1));
    }

    List<String> objectsThere() {
        Path models = folder.resolve("objects/models");
        if (!Files.exists(models)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(models)) {
            return all.map(file -> "models/" + file.getFileName()).sorted().toList();
        } catch (IOException cause) {
            throw new AssertionError(cause);
        }
    }

    <T> List<T> all(DocumentStore.Collection collection, Class<T> type) {
        return store.find(collection.name(), Query.all()).await().documents().stream()
                .map(document -> store.decode(document, type))
                .toList();
    }

    List<ModelVersion> versions() {
        return all(ModelRecords.VERSION_COLLECTION, ModelVersion.class);
    }

    List<Blob> blobs() {
        return all(Blobs.COLLECTION, Blob.class);
    }

    String read(ModelVersion version, String path) {
        return services.content()
                .open(version.file(path), 0, -1)
                .compose(content -> content.whole())
                .await()
                .toString();
    }

    /** What holds when nobody is at work: no object without a user, no version without its bytes, no user that is gone. */
    void everythingHasItsPlace() {
        assertThat(all(IncomingFiles.COLLECTION, IncomingModelFile.class)).isEmpty();
        assertThat(blobs().stream().map(Blob::key).sorted().toList()).isEqualTo(objectsThere());
        for (Blob blob : blobs()) {
            assertThat(blob.deleting()).isFalse();
            Set<String> users = versions().stream()
                    .filter(version -> version.uses(blob.id()))
                    .map(ModelVersion::id)
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(new TreeSet<>(blob.users())).as("users of content").isEqualTo(users);
            assertThat(users).isNotEmpty();
        }
        for (ModelVersion version : versions()) {
            assertThat(version.deleting()).isFalse();
            version.files()
                    .forEach(file ->
                            assertThat(Sha256.hex(read(version, file.path()))).isEqualTo(file.sha256()));
        }
        for (Model each : all(ModelRecords.MODEL_COLLECTION, Model.class)) {
            assertThat(each.deleting()).isFalse();
            Model.Newest newest = versions().stream()
                    .filter(version -> version.modelId().equals(each.id()))
                    .max(java.util.Comparator.comparing(ModelVersion::number))
                    .map(Model.Newest::of)
                    .orElse(null);
            assertThat(each.newest()).isEqualTo(newest);
        }
    }

    void sweep() {
        now = now.plus(Duration.ofMinutes(2));
        services = services(store, objects, NO_LIMITS);
        services.sweeps().run().await();
        now = now.plus(Duration.ofMinutes(2));
        services.sweeps().run().await();
    }
}
