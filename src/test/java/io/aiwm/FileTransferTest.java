package io.aiwm;

import static org.assertj.core.api.Assertions.assertThat;

import io.aiwm.boot.Config;
import io.aiwm.boot.ConfigLoader;
import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.common.Sha256;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.file.FileTransfers;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.file.StoredFile;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.Pieces;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FilePut;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of a transfer, with a link between them that is as bad as the test wants. */
@Timeout(60)
class FileTransferTest {
    private static final String NODE = "node-1";
    private static final Future<Void> NEVER = Future.future(never -> {});
    private static final int MOST = 2 << 20;
    private static final Config.Jobs LIMITS = new Config.Jobs(1, 0, Duration.ofHours(1), MOST, MOST, 1_000);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private SqliteStore store;
    private LocalObjectStore objects;
    private Files files;
    private Executions executions;
    private FileTransfers controller;
    private io.aiwm.worker.command.CommandFiles worker;
    /** Every n-th message is lost, and every n+1st comes twice; 0: none. */
    private volatile int loses;
    /** From here on nothing passes; -1: never. */
    private volatile int cutAfter = -1;

    private final AtomicInteger messages = new AtomicInteger();

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

    private void startController() {
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
    private void pass(String type, JsonObject data, String commandId) {
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

    private void log(Throwable cause) {
        System.out.println("refused: " + cause.getMessage());
    }

    /** @return its command id */
    private String job(String fileId) {
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

    private Path file(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new Random(7).nextBytes(content);
        return java.nio.file.Files.write(folder.resolve("made-" + bytes), content);
    }

    private static Throwable cause(Future<?> future) {
        try {
            throw new AssertionError("was not refused but answered " + future.await());
        } catch (RuntimeException refused) {
            return refused;
        }
    }

    private Failure.Kind putRefused(String node, FilePut piece) {
        return Failure.of(cause(controller.put(node, piece))).kind;
    }

    private static FilePut piece(String command, FileKind kind, long from, String data, boolean last) {
        return new FilePut(null, command, kind, from, data, last, null);
    }

    private Buffer read(StoredFile file) {
        ObjectContent content = files.open(file, 0, -1).await();
        Promise<Buffer> all = Promise.promise();
        Buffer sum = Buffer.buffer();
        content.endHandler(end -> all.complete(sum));
        content.handler(sum::appendBuffer);
        content.resume();
        return all.future().await();
    }

    @Test
    void a_file_arrives_whole_over_a_link_that_loses_and_repeats() throws IOException {
        loses = 3;
        Path made = file(1_500_000);
        String command = job(null);
        String id = worker.send(command, FileKind.outputs, made, NEVER).await();
        StoredFile stored = files.get(id).await();
        assertThat(stored.sha256()).isEqualTo(Sha256.hex(made));
        assertThat(stored.jobId()).isEqualTo(command.substring(0, command.indexOf('.')));
        assertThat(stored.commandId()).isEqualTo(command);
        assertThat(read(stored).getBytes()).isEqualTo(java.nio.file.Files.readAllBytes(made));
        assertThat(worker.send(command, FileKind.outputs, made, NEVER).await())
                .as("the same again")
                .isEqualTo(id);
        assertThat(files.ofJob(stored.jobId()).await()).hasSize(1);
    }

    @Test
    void inputs_arrive_whole_over_a_link_that_loses_and_repeats() throws IOException {
        loses = 3;
        byte[] content = java.nio.file.Files.readAllBytes(file(1_500_000));
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer(content), 1), null, "ada")
                .await();
        Path to = folder.resolve("fetched");
        worker.fetch(job(upload.id()), upload.id(), upload.sha256(), to, NEVER).await();
        assertThat(to).hasBinaryContent(content);
    }

    @Test
    void inputs_that_another_controller_took_in_arrive_and_wait_for_it_while_it_is_gone() throws IOException {
        var shelf = new LocalObjectStore(vertx, folder.resolve("objects of the other"));
        shelf.open().await();
        var other = new Files(vertx, store, shelf, () -> now, LIMITS);
        byte[] content = java.nio.file.Files.readAllBytes(file(1_500_000));
        var upload = other.upload(Pieces.of(vertx, Buffer.buffer(content), 1), null, "ada")
                .await();
        String command = job(upload.id());
        var gone = Failure.of(cause(controller.get(NODE, new FileGet(null, command, upload.id(), 0))));
        assertThat(gone.kind).isEqualTo(Failure.Kind.UNAVAILABLE);
        assertThat(gone.getMessage()).contains(upload.id(), shelf.place());

        Path to = folder.resolve("fetched");
        Future<Void> fetched = worker.fetch(command, upload.id(), upload.sha256(), to, NEVER);
        org.awaitility.Awaitility.await().until(() -> messages.get() > 1);
        assertThat(fetched.isComplete()).isFalse();
        other.serve().await();
        fetched.await();
        assertThat(to).hasBinaryContent(content);
        other.close().await();
        shelf.close().await();
    }

    @Test
    void inputs_with_another_checksum_are_invalid() {
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer("x"), 1), null, "ada")
                .await();
        var refused = cause(worker.fetch(job(upload.id()), upload.id(), "0".repeat(64), folder.resolve("to"), NEVER));
        assertThat(((CommandFailure) refused).error.category()).isEqualTo(ErrorCategory.INVALID);
    }

    @Test
    void a_restarted_controller_goes_on_where_it_was() throws IOException {
        cutAfter = 3;
        Path made = file(1_500_000);
        String command = job(null);
        Promise<Void> enough = Promise.promise();
        Future<String> sending = worker.send(command, FileKind.outputs, made, enough.future());
        org.awaitility.Awaitility.await().until(() -> messages.get() > 5);
        controller.close().await();
        startController();
        FileAck ack = controller
                .put(NODE, piece(command, FileKind.outputs, 0, "", false))
                .await();
        assertThat(ack.size()).isEqualTo(3 * 192 * 1024);
        cutAfter = -1;
        assertThat(files.get(sending.await()).await().sha256()).isEqualTo(Sha256.hex(made));
    }

    @Test
    void another_node_can_neither_put_nor_get() {
        var upload = files.upload(Pieces.of(vertx, Buffer.buffer("x"), 1), null, "ada")
                .await();
        var other = files.upload(Pieces.of(vertx, Buffer.buffer("y"), 1), null, "ada")
                .await();
        String command = job(upload.id());
        assertThat(putRefused("node-2", piece(command, FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        controller.put(NODE, piece(command, FileKind.log, 0, "eA==", false)).await();
        assertThat(putRefused("node-2", piece(command, FileKind.log, 1, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(Failure.of(cause(controller.get("node-2", new FileGet(null, command, upload.id(), 0)))).kind)
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(Failure.of(cause(controller.get(NODE, new FileGet(null, command, other.id(), 0)))).kind)
                .isEqualTo(Failure.Kind.FORBIDDEN);
        FileChunk mine =
                controller.get(NODE, new FileGet(null, command, upload.id(), 0)).await();
        assertThat(mine.last()).isTrue();
        assertThat(putRefused(NODE, piece("ex_none.0.1", FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
        assertThat(putRefused(NODE, piece("nonsense", FileKind.log, 0, "eA==", false)))
                .isEqualTo(Failure.Kind.INVALID);
    }

    @Test
    void a_log_may_come_a_little_late_but_not_much() {
        String command = job(null);
        var result = new CommandResult(null, command, CommandResult.Outcome.timeout, null, null, null, null);
        executions.finished(CommandId.parse(command), NODE, result, "m1").await();
        now = now.plus(Duration.ofMinutes(9));
        assertThat(controller
                        .put(NODE, piece(command, FileKind.log, 0, "eA==", true))
                        .await()
                        .fileId())
                .isNotNull();
        now = now.plus(Duration.ofMinutes(2));
        assertThat(putRefused(NODE, piece(command, FileKind.outputs, 0, "eA==", true)))
                .isEqualTo(Failure.Kind.FORBIDDEN);
    }

    @Test
    void what_is_too_large_or_no_piece_is_refused_and_leaves_nothing() throws IOException {
        String command = job(null);
        String much = java.util.Base64.getEncoder().encodeToString(new byte[1_001]);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, much, true)))
                .isEqualTo(Failure.Kind.TOO_LARGE);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, "???", true)))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(putRefused(NODE, piece(command, FileKind.log, -1, "eA==", true)))
                .isEqualTo(Failure.Kind.INVALID);
        assertThat(putRefused(NODE, piece(command, FileKind.inputs, 0, "eA==", true)))
                .isEqualTo(Failure.Kind.INVALID);
        String huge = "A".repeat(FilePut.MAX_BYTES * 2);
        assertThat(putRefused(NODE, piece(command, FileKind.log, 0, huge, true)))
                .isEqualTo(Failure.Kind.INVALID);
        try (var left = java.nio.file.Files.list(folder.resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void what_nobody_finishes_is_gone_after_a_day() throws IOException {
        controller.put(NODE, piece(job(null), FileKind.log, 0, "eA==", false)).await();
        now = Instant.now().plus(Files.UNUSED).plusSeconds(60);
        controller.run().await();
        try (var left = java.nio.file.Files.list(folder.resolve("incoming"))) {
            assertThat(left).isEmpty();
        }
    }
}
