package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.file.FileTransfers;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FilePut;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of a transfer, with a link between them that is as bad as the test wants. */
@Timeout(60)
abstract class FileTransferRig {
    static final String NODE = "node-1";
    static final Future<Void> NEVER = Future.future(never -> {});
    static final int MOST = 2 << 20;
    static final Config.Jobs LIMITS = new Config.Jobs(1, 0, Duration.ofHours(1), MOST, MOST, 1_000);

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    Instant now = Instant.parse("2026-11-21T10:00:00Z");
    SqliteStore store;
    LocalObjectStore objects;
    Files files;
    Executions executions;
    FileTransfers controller;
    io.aiwm.worker.command.CommandFiles worker;
    /** Every n-th message is lost, and every n+1st comes twice; 0: none. */
    volatile int loses;
    /** From here on nothing passes; -1: never. */
    volatile int cutAfter = -1;

    final AtomicInteger messages = new AtomicInteger();

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(Files.COLLECTION, Executions.COLLECTION)).await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        var config = ConfigLoader.of(Config.Mode.STANDALONE, Map.of());
        files = new Files(vertx, store, objects, () -> now, LIMITS);
        executions = new Executions(
                store, wish -> Placer.PlacementResult.on(wish.step().nodeId()), () -> now, config.executions(), true);
        startController();
        worker = new io.aiwm.worker.command.CommandFiles(vertx, this::pass, Duration.ofMillis(100));
    }

    void startController() {
        controller = new FileTransfers(vertx, executions, files, () -> now, LIMITS, folder.resolve("incoming"));
    }

    @AfterEach
    void close() {
        controller.close().await();
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    /** The link. The controller's own refusals are turned into errors as its gateway does. */
    void pass(String type, JsonObject data, String commandId) {
        int number = messages.incrementAndGet();
        boolean lost = loses > 0 && number % loses == 0;
        if (lost || (cutAfter >= 0 && number > cutAfter)) {
            return;
        }
        int times = loses > 0 && number % loses == 1 ? 2 : 1;
        for (int i = 0; i < times; i++) {
            if (type.equals(FilePut.TYPE)) {
                controller
                        .put(NODE, Json.decode(data, FilePut.class))
                        .onSuccess(worker::answered)
                        .onFailure(this::log);
            } else {
                controller
                        .get(NODE, Json.decode(data, FileGet.class))
                        .onSuccess(worker::answered)
                        .onFailure(this::log);
            }
        }
    }

    void log(Throwable cause) {
        System.out.println("refused: " + cause.getMessage());
    }

    /** @return its command id */
    String job(String fileId) {
        var data = new JsonObject();
        if (fileId != null) {
            data.put("inputs", new JsonObject().put("fileId", fileId));
        }
        var step = StepSpecBuilder.builder()
                .index(0)
                .name("run")
                .command("job.run")
                .data(data)
                .nodeId(NODE)
                .maxRetries(0)
                .build();
        var made = executions
                .create(
                        NewExecutionBuilder.builder()
                                .name("j")
                                .category("job")
                                .start(true)
                                .steps(List.of(step))
                                .build(),
                        "ada")
                .await();
        assertThat(made.steps().get(0).nodeId()).isEqualTo(NODE);
        return new CommandId(made.id(), 0, 1).toString();
    }

    static Throwable cause(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (RuntimeException refused) {
            return refused;
        }
    }

    static FilePut piece(String command, FileKind kind, long from, String data, boolean last) {
        return new FilePut(null, command, kind, from, data, last, null);
    }
}
