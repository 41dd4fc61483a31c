package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.inference.Caller;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.GatewaySettings;
import io.aiwm.inference.GatewaySettingsBuilder;
import io.aiwm.inference.balance.Waker;
import io.aiwm.inference.dialect.Dialects;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.inference.limit.Limiter;
import io.aiwm.inference.route.GatewayConfig;
import io.aiwm.testing.BatchController;
import io.aiwm.testing.CountingEngine;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches over a real store, a real gateway and a service outside; what a kill or another controller leaves is made by hand. */
@Timeout(60)
class BatchRunsInTroubleTest {
    private static final Owner ADA = new Owner("ada", Instant.parse("2026-01-01T00:00:00Z"), "key_1");
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int PARALLEL = 4;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final CountingEngine engine = new CountingEngine(vertx);
    private SqliteStore store;
    private ObjectStore objects;
    private Executions executions;
    private BatchFiles files;
    private Batches batches;
    private BatchRuns runs;

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(BatchFiles.COLLECTION, Batches.COLLECTION, Executions.COLLECTION))
                .await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
        var limits = TestSettings.batches()
                .maxFileBytes(4 << 20)
                .maxUserBytes(40 << 20)
                .retention(Duration.ofHours(2))
                .parallel(PARALLEL)
                .maxParallel(16)
                .build();
        executions = executions();
        files = new BatchFiles(store, objects, InstantSource.system(), limits, true);
        batches = new Batches(store, executions, InstantSource.system(), limits);
    }

    /** Those of one of several controllers. */
    private Executions executions() {
        var made = new Executions(
                store,
                wish -> Placer.PlacementResult.later("there is no node"),
                InstantSource.system(),
                TestSettings.executions().build(),
                false);
        made.prepare().await();
        return made;
    }

    private void begin() {
        var gateway = new Gateway(new Gateway.Parts(
                GatewaySettingsBuilder.builder(GatewaySettings.DEFAULTS)
                        .internalEndpoints(true)
                        .build(),
                credential -> Future.failedFuture("nobody calls from outside"),
                (caller, tokens) -> Limiter.UNLIMITED,
                usage -> {},
                Dialects.all(InstantSource.system()),
                Gateway.balancers(vertx, Waker.NONE, 100),
                InstantSource.system()));
        gateway.configure(new GatewayConfig(
                1,
                null,
                List.of(new GatewayConfig.External(
                        "end_1", BatchController.MODEL, "http://127.0.0.1:" + engine.port() + "/v1", null, null, 0)),
                null,
                null,
                null));
        runs = new BatchRuns(
                vertx,
                new BatchTools(
                        batches,
                        files,
                        executions,
                        objects,
                        new LineCalls(vertx, gateway::handler, 16, Future::succeededFuture),
                        owner -> Future.succeededFuture(
                                new Caller(owner.keyId(), owner.user(), null, KeyLimits.NONE, KeyLimits.NONE)),
                        gateway::idlePlaces),
                true);
        runs.start().await();
    }

    @AfterEach
    void close() {
        runs.close().await();
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private BatchFile input(String lines) {
        return files.begin(new BatchFiles.Sent(ADA, "lines.jsonl", null), lines.length())
                .compose(begun ->
                        files.fill(begun, new InMemoryContent(vertx.getOrCreateContext(), Buffer.buffer(lines))))
                .await();
    }

    private Batch make(BatchFile input) {
        var wanted = new Batches.Wanted(ADA, input, "/v1/chat/completions", Map.of(), null);
        return batches.create(Ids.next(Batches.ID_PREFIX), wanted).await();
    }

    private Batch untilEnded(Batch batch) {
        await().atMost(SOON).until(() -> batches.get(batch.id()).await().state().isFinal());
        return batches.get(batch.id()).await();
    }

    private List<String> journalOf(Batch batch) {
        return objects.list("batch/lines/" + batch.id(), null, 10).await().objects().stream()
                .map(ObjectStore.Listed::key)
                .toList();
    }

    private StepState stepOf(Batch batch) {
        return executions.get(batch.executionId()).await().steps().get(0).status();
    }

    /** So long that one window of the file holds no more of them than are called at once. */
    private static String longLines(int count) {
        var all = new StringBuilder();
        for (int i = 0; i < count; i++) {
            JsonObject line = new JsonObject(BatchController.line("l" + i, BatchController.MODEL));
            line.getJsonObject("body").put("user", "x".repeat(LineReader.WINDOW / PARALLEL));
            all.append(line.encode()).append('\n');
        }
        return all.toString();
    }

    @Test
    void a_batch_whose_input_is_gone_ends_with_what_was_called() {
        begin();
        engine.answers(0);
        BatchFile input = input(longLines(12));
        Batch batch = make(input);
        await().atMost(SOON).until(() -> engine.held() >= PARALLEL - 1);
        objects.delete(input.key()).await();
        engine.release();
        Batch ended = untilEnded(batch);
        assertThat(ended.state()).isEqualTo(BatchState.FAILED);
        assertThat(ended.errors()).extracting(LineError::code).containsExactly("input_file_gone");
        assertThat(ended.completed()).isBetween(PARALLEL - 1, 11);
        assertThat(ended.outputFileId()).isNotNull();
        await().atMost(SOON).until(() -> stepOf(batch) == StepState.FAILED);
    }

    @Test
    void a_cancel_that_another_controller_was_asked_is_heard() {
        begin();
        engine.answers(1);
        Batch batch = make(input(BatchController.lines("c", 10)));
        await().atMost(SOON).until(() -> batches.get(batch.id()).await().completed() == 1);
        executions().cancel(batch.executionId(), "enough", "root").await();
        runs.run().await();
        assertThat(untilEnded(batch).state()).isEqualTo(BatchState.CANCELLED);
        await().atMost(SOON).until(() -> stepOf(batch) == StepState.CANCELLED);
    }

    @Test
    void a_kill_after_the_end_leaves_no_journal() {
        Batch batch = make(input("{}"));
        var entry = new InMemoryContent(vertx.getOrCreateContext(), Buffer.buffer("1 E {}\n"));
        objects.put("batch/lines/" + batch.id() + "/00000000-a", entry, 100).await();
        batches.change(batch.id(), seen -> seen.in(BatchState.FAILED, Instant.now()))
                .await();
        begin();
        runs.run().await();
        await().atMost(SOON).until(() -> stepOf(batch) == StepState.FAILED);
        assertThat(journalOf(batch)).isEmpty();
    }

    @Test
    void an_execution_whose_batch_was_refused_meanwhile_ends() {
        Batch made = make(input("{}"));
        Batch gone = made.but().id("batch_gone").executionId("ex_gone").build();
        batches.execute(gone).await();
        begin();
        runs.run().await();
        await().atMost(SOON).until(() -> stepOf(gone) == StepState.FAILED);
    }
}
