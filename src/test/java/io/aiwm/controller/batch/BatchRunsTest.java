package io.aiwm.controller.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.objects.LocalObjectStore;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.store.sqlite.SqliteStore;
import io.aiwm.inference.Caller;
import io.aiwm.inference.limit.KeyLimits;
import io.aiwm.testing.BatchController;
import io.aiwm.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches on a real store whose time the test moves, with answers that the test gives. */
@Timeout(60)
class BatchRunsTest {
    private static final Instant BORN = Instant.parse("2026-01-01T00:00:00Z");
    private static final Owner ADA = new Owner("ada", BORN, "key_1");
    private static final String ENDPOINT = "/v1/chat/completions";
    private static final int PARALLEL = 2;
    private static final Config.Batches LIMITS =
            TestSettings.batches().parallel(PARALLEL).build();

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private volatile Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private SqliteStore store;
    private ObjectStore objects;
    private final List<Controller> controllers = new ArrayList<>();

    /** What one process has of its own; its calls end in {@code answers}, with the prompt. */
    private final class Controller {
        final Vertx own = Vertx.vertx();
        final List<String> called = new CopyOnWriteArrayList<>();
        final Batches batches;
        final BatchFiles files;
        final BatchRuns runs;

        Controller(BiConsumer<HttpServerRequest, String> answers) {
            Placer placer = wish -> Placer.PlacementResult.later("there is no worker");
            var executions = new Executions(
                    store, placer, () -> now, TestSettings.executions().build(), false);
            batches = new Batches(store, executions, () -> now, LIMITS);
            files = new BatchFiles(store, objects, () -> now, LIMITS, false);
            var calls = new LineCalls(
                    own,
                    (on, tickets) -> request -> request.body().onSuccess(body -> {
                        String prompt = body.toJsonObject()
                                .getJsonArray("messages")
                                .getJsonObject(0)
                                .getString("content");
                        called.add(prompt);
                        answers.accept(request, prompt);
                    }),
                    8,
                    Future::succeededFuture);
            var caller = new Caller("key_1", "ada", null, KeyLimits.NONE, KeyLimits.NONE);
            runs = new BatchRuns(
                    own,
                    new BatchTools(
                            batches,
                            files,
                            executions,
                            objects,
                            calls,
                            owner -> Future.succeededFuture(caller),
                            model -> PARALLEL),
                    false);
            runs.start().await();
            controllers.add(this);
        }

        String create(int lines) {
            return make(input(lines), Ids.next(Batches.ID_PREFIX)).await().id();
        }

        BatchFile input(int lines) {
            Buffer content = Buffer.buffer(BatchController.lines("a", lines));
            return files.begin(new BatchFiles.Sent(ADA, "lines.jsonl", null), content.length())
                    .compose(begun -> files.fill(begun, new InMemoryContent(vertx.getOrCreateContext(), content)))
                    .await();
        }

        Future<Batch> make(BatchFile input, String id) {
            return batches.create(id, new Batches.Wanted(ADA, input, ENDPOINT, Map.of(), null));
        }

        Batch get(String id) {
            return batches.get(id).await();
        }

        Batch untilEnded(String id) {
            return await().atMost(Duration.ofSeconds(20))
                    .until(() -> get(id), seen -> seen.state().isFinal());
        }
    }

    @BeforeEach
    void open() {
        store = new SqliteStore(vertx, folder.resolve("aiwm.db"), Config.Storage.Sync.NORMAL);
        store.open(List.of(BatchFiles.COLLECTION, Batches.COLLECTION, Executions.COLLECTION))
                .await();
        objects = new LocalObjectStore(vertx, folder.resolve("objects"));
        objects.open().await();
    }

    @AfterEach
    void close() {
        controllers.forEach(one -> one.own.close().await());
        objects.close().await();
        store.close().await();
        vertx.close().await();
    }

    private static void good(HttpServerRequest request, String by) {
        request.response()
                .putHeader("Content-Type", "application/json")
                .end(new JsonObject().put("by", by).encode());
    }

    private Map<String, JsonObject> results(String fileId) throws Exception {
        String text = Files.readString(folder.resolve("objects/batch/files/" + fileId), StandardCharsets.UTF_8);
        return text.lines()
                .map(JsonObject::new)
                .collect(Collectors.toMap(line -> line.getString("custom_id"), line -> line));
    }

    @Test
    void lines_wait_as_long_as_a_limit_says_and_no_try_is_used_up_by_it() throws Exception {
        var refused = new CopyOnWriteArrayList<Long>();
        var answered = new CopyOnWriteArrayList<Long>();
        var controller = new Controller((request, prompt) -> {
            if (refused.size() < 5) { // more than a line has tries
                refused.add(System.nanoTime());
                request.response()
                        .setStatusCode(429)
                        .putHeader("Retry-After", "1")
                        .end("{\"error\":{\"code\":\"rate_limit_exceeded\"}}");
            } else {
                answered.add(System.nanoTime());
                good(request, prompt);
            }
        });
        Batch ended = controller.untilEnded(controller.create(1));
        assertThat(ended.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(ended.completed()).isOne();
        assertThat(controller.called).hasSize(6);
        assertThat(Duration.ofNanos(answered.get(0) - refused.get(0))).isGreaterThanOrEqualTo(Duration.ofSeconds(5));
        assertThat(results(ended.outputFileId())).containsOnlyKeys("a0");
    }

    @Test
    void what_was_not_called_within_a_day_is_told_as_expired_beside_what_was_answered() throws Exception {
        var held = new CopyOnWriteArrayList<HttpServerRequest>();
        var controller = new Controller((request, prompt) -> {
            if (prompt.equals("a0")) {
                good(request, prompt);
            } else {
                held.add(request);
            }
        });
        String id = controller.create(100);
        await().until(() -> held.size() == PARALLEL);
        now = now.plus(Batches.WINDOW).minusSeconds(1);
        assertThat(controller.get(id).state()).isEqualTo(BatchState.IN_PROGRESS);
        now = now.plusSeconds(1);
        held.forEach(request -> request.response().setStatusCode(500).end("{}"));
        Batch ended = controller.untilEnded(id);
        assertThat(ended.state()).isEqualTo(BatchState.EXPIRED);
        assertThat(ended.completed()).isOne();
        assertThat(ended.failed()).isEqualTo(99);
        assertThat(controller.called).hasSize(1 + PARALLEL);
        assertThat(results(ended.outputFileId())).containsOnlyKeys("a0");
        Map<String, JsonObject> errors = results(ended.errorFileId());
        assertThat(errors).hasSize(99);
        assertThat(IntStream.range(1 + PARALLEL, 100))
                .allSatisfy(i -> assertThat(
                                errors.get("a" + i).getJsonObject("error").getString("code"))
                        .isEqualTo("batch_expired"));
    }

    @Test
    void a_batch_whose_last_answers_come_after_its_time_is_completed() throws Exception {
        var held = new CopyOnWriteArrayList<HttpServerRequest>();
        var controller = new Controller((request, prompt) -> held.add(request));
        String id = controller.create(PARALLEL);
        await().until(() -> held.size() == PARALLEL);
        now = now.plus(Batches.WINDOW).plusSeconds(1);
        held.forEach(request -> good(request, "late"));
        Batch ended = controller.untilEnded(id);
        assertThat(ended.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(ended.completed()).isEqualTo(PARALLEL);
        assertThat(results(ended.outputFileId())).hasSize(PARALLEL);
    }

    @Test
    void no_more_are_open_than_allowed_also_where_they_are_made_at_once() throws Exception {
        var first = new Controller((request, prompt) -> {});
        var second = new Controller((request, prompt) -> {});
        BatchFile input = first.input(1);
        var made = new ArrayList<Future<Batch>>();
        for (int i = 0; i < 3 * LIMITS.maxOpen(); i++) {
            made.add(first.make(input, Ids.next(Batches.ID_PREFIX)));
        }
        Future.join(made).transform(done -> Future.succeededFuture()).await();
        assertThat(made.stream().filter(Future::succeeded)).hasSize(LIMITS.maxOpen());
        assertThat(made.stream().filter(Future::failed))
                .allSatisfy(
                        refused -> assertThat(Failure.of(refused.cause()).kind).isEqualTo(Failure.Kind.LIMITED));
        assertThat(first.batches.open().await()).hasSize(LIMITS.maxOpen());
        // one that another controller has begun at the same time counts too
        assertThat(second.make(input, Ids.next(Batches.ID_PREFIX))
                        .transform(done -> Future.succeededFuture(done.failed()))
                        .await())
                .isTrue();
    }

    @Test
    void another_controller_goes_on_at_once_with_what_one_that_ends_gives_up() throws Exception {
        var first = new Controller((request, prompt) -> {
            if (prompt.equals("a0")) {
                good(request, "first");
            }
        });
        String id = first.create(3);
        await().until(() -> first.get(id).completed() == 1);
        var second = new Controller((request, prompt) -> good(request, "second"));
        first.runs.close().await();
        second.runs.run().await();
        Batch ended = second.untilEnded(id);
        assertThat(ended.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(second.called).containsExactlyInAnyOrder("a1", "a2");
        assertThat(results(ended.outputFileId())).hasSize(3);
    }

    @Test
    void another_controller_goes_on_with_a_batch_once_the_first_is_silent_for_a_minute() throws Exception {
        var first = new Controller((request, prompt) -> {
            if (prompt.equals("a0")) {
                good(request, "first");
            }
        });
        String id = first.create(3);
        await().until(() -> first.get(id).completed() == 1);
        String holder = first.get(id).holder();
        var second = new Controller((request, prompt) -> good(request, "second"));
        for (int i = 0; i < 3; i++) { // longer than the minute, but never silent for so long
            now = now.plusSeconds(30);
            Instant then = now;
            second.runs.run().await();
            await().until(() -> first.get(id).touchedAtMs() == then.toEpochMilli());
            assertThat(first.get(id).holder()).isEqualTo(holder);
        }
        assertThat(second.called).isEmpty();

        first.own.close().await();
        now = now.plusSeconds(61);
        second.runs.run().await();
        Batch ended = second.untilEnded(id);
        assertThat(ended.state()).isEqualTo(BatchState.COMPLETED);
        assertThat(second.called).containsExactlyInAnyOrder("a1", "a2");
        assertThat(results(ended.outputFileId()).entrySet())
                .extracting(line -> line.getKey() + " "
                        + line.getValue()
                                .getJsonObject("response")
                                .getJsonObject("body")
                                .getString("by"))
                .containsExactlyInAnyOrder("a0 first", "a1 second", "a2 second");
    }
}
