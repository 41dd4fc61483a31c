package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The only writer of executions. What may happen to one stands in {@link Transitions}; here it meets the store. */
public final class Executions {
    private static final String NAME = "executions";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
                    NAME,
                    List.of(
                            Field.text("status"),
                            Field.text("name"),
                            Field.text("category"),
                            Field.text("phase"),
                            Field.text("type"),
                            Field.text("resourceId"),
                            Field.text("resourceType"),
                            Field.text("parentExecutionId"),
                            Field.number("wakeAtMs"),
                            Field.time(Query.CREATED),
                            new Field("nodeIds", DocumentStore.Type.TEXT_ARRAY, false)),
                    // what people list by, newest first
                    List.of(
                            List.of("status", Query.CREATED),
                            List.of("name", Query.CREATED),
                            List.of("category", Query.CREATED),
                            List.of("phase", Query.CREATED),
                            List.of("type", Query.CREATED),
                            List.of("resourceId", Query.CREATED)))
            .telling();

    private static final List<Condition> OPEN = List.of(Condition.in("status", List.of("PENDING", "RUNNING")));

    private static final List<Condition> ENDED = List.of(Condition.gte("wakeAtMs", Execution.NEVER));

    private final Records<Execution> records;
    private final boolean exclusive;
    private final Transitions transitions;
    private final Placer placer;
    private final InstantSource clock;
    private final Config.Executions limits;
    private final AtomicInteger open = new AtomicInteger();
    private final List<Consumer<Execution>> finishedListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Execution>> endedElsewhereListeners = new CopyOnWriteArrayList<>();

    /** @param exclusive whether this process is the only one that writes executions */
    public Executions(
            DocumentStore store, Placer placer, InstantSource clock, Config.Executions limits, boolean exclusive) {
        this(store, placer, clock, TimeLeft.UNKNOWN, limits, exclusive);
    }

    /** @param timeLeft asked before an attempt is taken as too late */
    public Executions(
            DocumentStore store,
            Placer placer,
            InstantSource clock,
            TimeLeft timeLeft,
            Config.Executions limits,
            boolean exclusive) {
        this.placer = placer;
        this.exclusive = exclusive;
        this.transitions = new Transitions(placer, limits, timeLeft);
        this.clock = clock;
        this.limits = limits;
        this.records = new Records<>(
                store,
                NAME,
                Execution.class,
                Records.Shape.of(Execution::id, Execution::version, Execution::withVersion),
                kept -> !kept.status().isFinal(),
                exclusive);
        records.onWritten(this::count);
    }

    /** Counts what is open in the store; called once after the store is open. */
    public Future<Void> prepare() {
        return records.count(OPEN)
                .onSuccess(count -> open.addAndGet(count.intValue()))
                .mapEmpty();
    }

    /** See {@link Records#onWritten}. */
    public void onWritten(BiConsumer<Execution, Execution> listener) {
        records.onWritten(listener);
    }

    /** Calls back after a final state is stored; at least once over all controllers, so the listener repeats harmlessly. */
    public void onFinished(Consumer<Execution> listener) {
        finishedListeners.add(listener);
    }

    /** Calls back with what this process wrote last of an execution that another controller then brought to its end. */
    public void onEndedElsewhere(Consumer<Execution> listener) {
        endedElsewhereListeners.add(listener);
    }

    /** A hint: this execution has ended. Nothing happens when this process knows. */
    void ended(String id) {
        Execution last = records.kept(id);
        if (last != null && !last.status().isFinal()) {
            records.release(id::equals);
            endedElsewhereListeners.forEach(listener -> listener.accept(last));
        }
    }

    /**
     * Calls back with every running one as it is stored, a page at a time so that nothing else has to wait for all of them,
     * and makes good what this process has counted and kept of executions that other controllers changed. What it calls back
     * with is not to be changed.
     *
     * @return ids of running ones that cannot be read
     */
    public Future<Set<String>> recount(Consumer<List<Execution>> running) {
        var ids = new HashSet<String>();
        var unreadable = new HashSet<String>();
        return eachRunning(
                        Query.where(Condition.eq("status", "RUNNING")).oldestFirst(),
                        page -> {
                            page.forEach(one -> ids.add(one.id()));
                            running.accept(page);
                        },
                        unreadable)
                .compose(done -> exclusive ? Future.succeededFuture() : others(ids))
                .map(unreadable);
    }

    private Future<Void> others(Set<String> ids) {
        return records.count(OPEN).map(count -> {
            open.set(count.intValue());
            records.release(id -> !ids.contains(id));
            return null;
        });
    }

    private Future<Void> eachRunning(Query query, Consumer<List<Execution>> running, Set<String> unreadable) {
        return records.look(query).compose(page -> {
            running.accept(page.items());
            unreadable.addAll(page.unreadable());
            return page.nextCursor() == null
                    ? Future.succeededFuture()
                    : eachRunning(query.after(page.nextCursor()), running, unreadable);
        });
    }

    /**
     * Stores an execution and, where asked, starts it in the same write. The same id twice gives the one there is. Fails
     * with UNPROCESSABLE (no DAG) or LIMITED (too many open).
     */
    public Future<Execution> create(NewExecution what, String actor) {
        String id = what.id() == null ? Ids.next("ex") : what.id();
        try {
            Dag.check(what.steps(), limits.maxSteps());
            if (open.get() >= limits.maxOpen()) {
                throw new Failure(
                        Failure.Kind.LIMITED,
                        "there are " + open + " open executions; the limit is " + limits.maxOpen());
            }
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        // made in its turn: what is placed for it is placed for this write alone, though the same be asked for at once
        // again
        return records.insert(id, () -> made(id, what, actor)).recover(cause -> {
            boolean taken = what.id() != null && Failure.of(cause).kind == Failure.Kind.CONFLICT;
            if (!taken) {
                return Future.failedFuture(cause);
            }
            placer.notWritten(id);
            return records.get(id);
        });
    }

    public Future<Execution> get(String id) {
        return records.get(id);
    }

    public Future<Execution> start(String id, String actor) {
        return change(id, seen -> transitions.start(seen, actor, clock.instant()));
    }

    /** Asks for the end of what runs; succeeds when that is stored. Repeating it is harmless. */
    public Future<Execution> cancel(String id, String reason, String actor) {
        return change(id, seen -> transitions.cancel(seen, reason, actor, clock.instant()));
    }

    /**
     * Takes an attempt from its node: its worker is told to stop, and when that is confirmed (or after 30 s) the step is
     * queued again without using up a retry. Nothing happens when the attempt has closed meanwhile.
     */
    public Future<Execution> evict(CommandId command, ErrorCategory kind, String why) {
        if (!kind.isEviction()) {
            throw new IllegalArgumentException(kind + " is no reason to evict");
        }
        return change(command.executionId(), seen -> {
            Instant now = clock.instant();
            return transitions.evict(seen, command, new Eviction(kind, why, now), now);
        });
    }

    /** @param all whether finished steps run again too */
    public Future<Execution> retry(String id, boolean all, String actor) {
        return change(id, seen -> transitions.retry(seen, all, actor, clock.instant()));
    }

    /** A worker took a command, or refused it. Fails with FORBIDDEN when it was not that node's. */
    public Future<Execution> acknowledged(CommandId command, String nodeId, CommandAck ack) {
        return change(
                command.executionId(),
                seen -> ack.accepted()
                        ? transitions.acknowledged(seen, command, nodeId, clock.instant())
                        : transitions.refused(seen, command, nodeId, ack.reason(), clock.instant()));
    }

    public Future<Execution> progressed(CommandId command, String nodeId, int percent, String message) {
        return change(
                command.executionId(),
                seen -> transitions.progressed(seen, command, nodeId, percent, message, clock.instant()));
    }

    /** Succeeds when the outcome is stored or was settled before. Fails with FORBIDDEN when it was not that node's. */
    public Future<Execution> finished(CommandId command, String nodeId, CommandResult result, String messageId) {
        return change(
                command.executionId(),
                seen -> transitions.finished(seen, command, nodeId, result, messageId, clock.instant()));
    }

    /** Closes the attempts on a node which is taken as lost; not those it was given after its return. @param lost still */
    public Future<Void> nodeLost(String nodeId, String why, BooleanSupplier lost) {
        return openOn(nodeId)
                .compose(found -> Future.join(found.stream()
                                .filter(one -> lost.getAsBoolean())
                                .map(one -> change(
                                        one.id(), seen -> transitions.lost(seen, one, nodeId, why, clock.instant())))
                                .toList())
                        .mapEmpty());
    }

    /** Executions that may have an attempt on a node; at most {@link Query#MAX_LIMIT}, oldest first. */
    public Future<List<Execution>> openOn(String nodeId) {
        return records.find(Query.where(Condition.eq("status", "RUNNING"), Condition.eq("nodeIds", nodeId))
                        .oldestFirst()
                        .limit(Query.MAX_LIMIT))
                .map(Records.Page::items);
    }

    /** Does what time, or a node that became free, makes possible. */
    public Future<Execution> look(String id) {
        return change(id, seen -> transitions.look(seen, clock.instant()));
    }

    /** Ids of executions whose time to be looked at has come, most urgent first. */
    public Future<List<String>> due(int most) {
        Condition past = new Condition("wakeAtMs", Query.Op.LTE, clock.millis());
        return records.find(Query.where(past).orderBy("wakeAtMs", false).limit(most))
                .map(page -> page.items().stream().map(Execution::id).toList());
    }

    /** The execution if it is open and this process wrote it last, else null. Never waits. */
    public Execution kept(String id) {
        return records.kept(id);
    }

    public Future<Records.Page<Execution>> find(Query query) {
        return records.find(query);
    }

    public Future<Long> count(List<Condition> where) {
        return records.count(where);
    }

    /** How many there are for each value of a declared field. */
    public Future<Map<String, Long>> countBy(String field, List<Condition> where) {
        return records.countBy(field, where);
    }

    /** In the order of their ends, oldest first; those of an older AIWM, and some that have not begun, before them. */
    public Future<Records.Page<Execution>> ended(int limit, String cursor) {
        return records.find(new Query(ENDED, List.of(new Query.Order("wakeAtMs", false)), limit, cursor));
    }

    /** How many {@link #ended(int, String)} finds in all. */
    public Future<Long> countEnded() {
        return records.count(ENDED);
    }

    /** Which of these, {@link Query#MAX_IN} at most, have ended or are gone. */
    public Future<Set<String>> ended(Set<String> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return records.find(Query.where(Condition.in("id", List.copyOf(ids))).limit(Query.MAX_LIMIT))
                .map(page -> {
                    var ended = new HashSet<>(ids);
                    page.unreadable().forEach(ended::remove);
                    page.items().stream().filter(one -> !one.status().isFinal()).forEach(one -> ended.remove(one.id()));
                    return ended;
                });
    }

    /** Forgets one that has ended. Fails with CONFLICT when it has not, or is being changed. */
    public Future<Void> delete(String id) {
        return records.get(id).compose(seen -> {
            if (!seen.status().isFinal()) {
                throw Failure.conflict(
                        seen.displayName() + " is " + seen.status() + "; only one that has ended is deleted");
            }
            return records.delete(seen).map(done -> {
                if (!done) {
                    throw Failure.busy(seen.displayName() + " was changed meanwhile; look again");
                }
                return null;
            });
        });
    }

    /** Forgets the children of an execution that have ended, {@link Query#MAX_LIMIT} at most. */
    public Future<Void> deleteChildren(String parentId) {
        List<String> ended = Arrays.stream(ExecutionState.values())
                .filter(ExecutionState::isFinal)
                .map(Enum::name)
                .toList();
        return records.deleteWhere(
                        Query.where(Condition.eq("parentExecutionId", parentId), Condition.in("status", ended))
                                .limit(Query.MAX_LIMIT))
                .mapEmpty();
    }

    private Future<Execution> change(String id, UnaryOperator<Execution> change) {
        return records.update(id, change);
    }

    private Execution made(String id, NewExecution what, String actor) {
        Instant now = clock.instant();
        Execution pending = new Execution(
                id,
                1,
                what.name(),
                what.category() == null ? "custom" : what.category(),
                what.type(),
                what.resourceType(),
                what.resourceId(),
                what.parentExecutionId(),
                ExecutionState.PENDING,
                0,
                what.timeoutMs() == null ? limits.defaultTimeout().toMillis() : what.timeoutMs(),
                now,
                null,
                null,
                null,
                null,
                null,
                null,
                Execution.NEVER,
                List.of(),
                what.steps().stream().map(Step::of).toList(),
                new ArrayList<>(List.of(new Execution.Note(now, actor, "created", null, null))));
        return what.start() ? transitions.start(pending, actor, now) : pending;
    }

    private void count(Execution before, Execution after) {
        boolean wasOpen = before != null && !before.status().isFinal();
        boolean isOpen = !after.status().isFinal();
        if (wasOpen != isOpen) {
            open.addAndGet(isOpen ? 1 : -1);
        }
        if (!isOpen && (before == null || wasOpen)) {
            finishedListeners.forEach(listener -> listener.accept(after));
        }
    }
}
