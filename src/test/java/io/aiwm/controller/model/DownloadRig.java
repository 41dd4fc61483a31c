package io.aiwm.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.ExecutionState;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.secret.SecretCipher;
import io.aiwm.controller.secret.SecretRef;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.testing.Hub;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hub of models, and a controller process that fetches from it and can be killed. */
@Timeout(60)
abstract class DownloadRig {
    static final RetryPauses SHORT =
            new RetryPauses(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(20), 4);
    static final Buffer WEIGHTS = Buffer.buffer("0123456789abcdef".repeat(20_000));
    static final Buffer CONFIG = Buffer.buffer("{}");

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    Vertx process;
    /** Of the clock of models. */
    volatile Duration passed = Duration.ZERO;

    SqliteStore store;
    LocalObjectStore objects;
    Hub hub;
    Config.Models config;
    Executions executions;
    ModelServices services;
    StoredSecrets secrets;
    ModelDownloads downloads;

    @BeforeEach
    void open() {
        hub = new Hub(vertx)
                .with("model.gguf", WEIGHTS)
                .with("config.json", CONFIG)
                .with("other/model.safetensors", Buffer.buffer("z".repeat(500)));
        config = config(List.of("127.0.0.1"), "hf_token");
        begin();
    }

    Config.Models config(List<String> allowed, String token) {
        return new Config.Models(10_000_000, 0, 0, URI.create(hub.url()), token, allowed, Duration.ofDays(1));
    }

    /** A controller process, in as far as it has to do with downloads. */
    void begin() {
        process = Vertx.vertx();
        store = new SqliteStore(process, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        var collections = new ArrayList<>(Models.collections());
        collections.add(Executions.COLLECTION);
        collections.add(StoredSecrets.COLLECTION);
        store.open(collections).await();
        objects = new LocalObjectStore(process, folder.resolve("objects"));
        objects.open().await();
        executions = new Executions(
                store,
                wish -> Placer.PlacementResult.later("there is no node"),
                InstantSource.system(),
                TestSettings.executions().maxSteps(10).maxOpen(100).build(),
                true);
        executions.prepare().await();
        services = new ModelServices(
                process, store, objects, () -> Instant.now().plus(passed), config, true, ModelUsers.NOBODY);
        secrets = new StoredSecrets(process, store, InstantSource.system(), new SecretCipher(new byte[32], List.of()));
        downloads = services.downloads(process, executions, secrets, config, SHORT);
    }

    @AfterEach
    void close() {
        objects.close().await();
        store.close().await();
        process.close().await();
        hub.close();
        vertx.close().await();
    }

    static DownloadRequest repo(List<String> include, List<String> exclude) {
        return DownloadRequestBuilder.builder()
                .task(ModelTask.TEXT_GENERATION)
                .repo("org/tiny")
                .include(include)
                .exclude(exclude)
                .alias("stable")
                .build();
    }

    static DownloadRequest url(String url, String sha256) {
        return url(url, sha256, null);
    }

    static DownloadRequest url(String url, String sha256, String secret) {
        return DownloadRequestBuilder.builder()
                .name("fetched")
                .urls(List.of(new DownloadRequest.Source(
                        url, "model.gguf", sha256, secret == null ? null : new SecretRef(secret))))
                .build();
    }

    Execution ended(ModelDownloads.Begun begun) {
        return ended(begun.execution().id());
    }

    Execution ended(String id) {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> executions.get(id).await(), one -> one.status().isFinal());
    }

    ModelDownloads.Begun begin(DownloadRequest wanted) {
        return downloads.begin(ModelDownloads.newId(), wanted, "ada").await();
    }

    ModelVersion version(ModelDownloads.Begun begun) {
        Model model = services.models().get(begun.version().modelId()).await();
        return services.models().version(model, "" + begun.version().number()).await();
    }

    ModelVersion ready(DownloadRequest wanted) {
        var begun = begin(wanted);
        Execution ended = ended(begun);
        assertThat(ended.status()).as("" + ended.error()).isEqualTo(ExecutionState.COMPLETED);
        ModelVersion version = version(begun);
        assertThat(version.state()).isEqualTo(ModelState.READY);
        return version;
    }

    String failed(DownloadRequest wanted) {
        var begun = begin(wanted);
        Execution ended = ended(begun);
        assertThat(ended.status()).isEqualTo(ExecutionState.FAILED);
        ModelVersion version = version(begun);
        assertThat(version.state()).isEqualTo(ModelState.FAILED);
        assertThat(version.reason()).isEqualTo(ended.error().message());
        return version.reason();
    }

    void hasWeights(ModelVersion version) {
        Buffer read = services.content()
                .open(version.file("model.gguf"), 0, -1)
                .compose(content -> content.whole())
                .await();
        assertThat(Sha256.hex(read.getBytes())).isEqualTo(Sha256.hex(WEIGHTS.getBytes()));
    }
}
