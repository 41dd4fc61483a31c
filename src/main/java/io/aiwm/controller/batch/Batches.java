package io.aiwm.controller.batch;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.KeyedQueue;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.NewExecution;
import io.aiwm.controller.execution.NewExecutionBuilder;
import io.aiwm.controller.execution.StepSpecBuilder;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The only writer of batches. Each has an execution of one step, which the controller carries out. */
public final class Batches {
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "batches",
            List.of(
                    Field.text("owner"),
                    Field.text("keyId"),
                    Field.text("state"),
                    Field.text("inputFileId"),
                    Field.number("endedAtMs")));
    public static final String ID_PREFIX = "batch";
    static final String TYPE = "batch.run";
    /** The only completion window that there is. */
    public static final Duration WINDOW = Duration.ofDays(1);
    /** A batch ends by its own time; its execution must not end before. */
    private static final Duration LONGEST = Duration.ofDays(30);

    private final Records<Batch> records;
    private final Executions executions;
    private final InstantSource clock;
    private final Config.Batches limits;
    /** Of several that one owner makes at once, as many are made as there is room for. */
    private final KeyedQueue byOwner = new KeyedQueue();

    public Batches(DocumentStore store, Executions executions, InstantSource clock, Config.Batches limits) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Batch.class,
                Records.Shape.of(Batch::id, Batch::version, Batch::withVersion),
                one -> !one.state().isFinal(),
                false);
        this.executions = executions;
        this.clock = clock;
        this.limits = limits;
    }

    /**
     * A batch to be made.
     *
     * @param resultSeconds how long its results are kept; null: as all files
     */
    public record Wanted(
            Owner by, BatchFile input, String endpoint, Map<String, String> metadata, Long resultSeconds) {}

    Instant now() {
        return clock.instant();
    }

    /** Makes a batch and its execution. Fails with CONFLICT when there is one of this id, with LIMITED when too many are open. */
    public Future<Batch> create(String id, Wanted wanted) {
        Instant now = now();
        var batch = BatchBuilder.builder()
                .id(id)
                .version(1)
                .owner(wanted.by().user())
                .ownerSince(wanted.by().since())
                .keyId(wanted.by().keyId())
                .endpoint(wanted.endpoint())
                .inputFileId(wanted.input().id())
                .metadata(wanted.metadata())
                .resultSeconds(wanted.resultSeconds())
                .state(BatchState.VALIDATING)
                .executionId("ex" + id.substring(ID_PREFIX.length()))
                .createdAt(now)
                .expiresAt(now.plus(WINDOW))
                .build();
        return byOwner.take(batch.owner(), () -> insert(batch));
    }

    private Future<Batch> insert(Batch batch) {
        // those that several controllers make at once see each other after this
        return records.insert(batch)
                .compose(made -> room(made)
                        .compose(allowed -> execute(made))
                        .map(made)
                        .recover(refused -> records.delete(made.id()).transform(gone -> Future.failedFuture(refused))));
    }

    /** Fails with LIMITED when the owner has too many open batches, this one included. */
    private Future<Void> room(Batch made) {
        return records.count(List.of(Condition.eq("owner", made.owner()), Condition.in("state", BatchState.OPEN)))
                .map(open -> {
                    if (open > limits.maxOpen()) {
                        throw Failure.limited(
                                "you have " + (open - 1) + " open batches; " + limits.maxOpen() + " are allowed", 60);
                    }
                    return null;
                });
    }

    /** The same twice gives the one there is. */
    Future<Execution> execute(Batch batch) {
        NewExecution wanted = NewExecutionBuilder.builder()
                .id(batch.executionId())
                .name("batch " + batch.id())
                .category("batch")
                .type(TYPE)
                .resourceType("batch")
                .resourceId(batch.id())
                .timeoutMs(LONGEST.toMillis())
                .start(true)
                .steps(List.of(StepSpecBuilder.builder()
                        .index(0)
                        .name("calls")
                        .command(CommandNames.BATCH_RUN)
                        .data(new JsonObject().put("batchId", batch.id()))
                        .dependsOn(List.of())
                        .build()))
                .build();
        return executions.create(wanted, batch.owner());
    }

    static boolean is(Execution execution) {
        return TYPE.equals(execution.type())
                && CommandNames.BATCH_RUN.equals(execution.steps().get(0).spec().command());
    }

    Future<Batch> get(String id) {
        return records.get(id);
    }

    /** Fails with NOT_FOUND also where the caller may not see it. */
    public Future<Batch> get(String id, Owner caller) {
        return records.get(id)
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND ? Failure.notFound("batch", id) : cause))
                .map(batch -> {
                    if (!batch.by().isSeenBy(caller)) {
                        throw Failure.notFound("batch", id);
                    }
                    return batch;
                });
    }

    /** The newest first, one more than wanted where there are more. @param after id of the last one before; null: none */
    public Future<List<Batch>> list(Owner caller, int limit, String after) {
        var where = new ArrayList<Condition>();
        where.add(Condition.eq("owner", caller.user()));
        if (caller.keyId() != null) {
            where.add(Condition.eq("keyId", caller.keyId()));
        }
        if (after != null) {
            where.add(Condition.lt("id", after));
        }
        return records.find(Query.where(where).orderBy("id", true).limit(limit + 1))
                .map(page -> page.items().stream()
                        .filter(batch -> batch.by().isSeenBy(caller))
                        .toList());
    }

    /** Asks for its end; succeeds when that is stored. Fails with CONFLICT when it has ended otherwise. */
    public Future<Batch> cancel(Batch seen) {
        return change(
                        seen.id(),
                        now -> now.state() == BatchState.CANCELLED ? now : now.in(BatchState.CANCELLING, now()))
                .compose(asked -> executions
                        .cancel(asked.executionId(), "the batch was cancelled", asked.owner())
                        .map(asked)
                        // the sweep sees it too
                        .otherwise(asked));
    }

    Future<Batch> change(String id, UnaryOperator<Batch> change) {
        return records.update(id, change);
    }

    /** Whether a batch that has not ended reads this file. */
    public Future<Boolean> isInUse(String fileId) {
        return records.count(List.of(Condition.eq("inputFileId", fileId), Condition.in("state", BatchState.OPEN)))
                .map(count -> count > 0);
    }

    Future<List<Batch>> open() {
        return records.find(Query.where(Condition.in("state", BatchState.OPEN)).limit(Query.MAX_LIMIT))
                .map(Records.Page::items);
    }

    /** A sweep: forgets those that ended long ago. */
    public Future<Void> forget() {
        long before = clock.millis() - limits.retention().toMillis();
        return records.deleteWhere(Query.where(Condition.gte("endedAtMs", 0), Condition.lt("endedAtMs", before)))
                .mapEmpty();
    }
}
