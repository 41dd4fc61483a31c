package io.aiwm.controller.execution;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.eventlog.RoutineLimit;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.CommandAck;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.CommandResult;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The only writer of executions. What may happen to one stands in {@link Transitions}; here it meets the store. */
public final class Executions {
    public static final DocumentStore.Collection COLLECTION = ExecutionQueries.COLLECTION;

    private final Records<Execution> records;
    private final Transitions transitions;
    private final InstantSource clock;
    private final OpenExecutions open;
    private final ExecutionCreation creation;

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
        this.transitions = new Transitions(placer, limits, timeLeft);
        this.clock = clock;
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                Execution.class,
                Records.Shape.of(Execution::id, Execution::version, Execution::withVersion),
                kept -> !kept.status().isFinal(),
                exclusive);
        this.open = new OpenExecutions(records, exclusive);
        this.creation = new ExecutionCreation(records, open::count, placer, transitions, clock, limits);
        records.onWritten(open::written);
        tellRoutine(new RoutineLimit(Integer.MAX_VALUE));
    }

    /** Routine beyond this limit is only counted in the log of all events. Before the first write. */
    public void tellRoutine(RoutineLimit limit) {
        records.describe((before, after) -> ExecutionEventNotes.between(before, after, clock, limit));
    }

    /** Called once after the store is open. */
    public Future<Void> prepare() {
        return open.prepare();
    }

    /** See {@link Records#onWritten}. */
    public void onWritten(BiConsumer<Execution, Execution> listener) {
        records.onWritten(listener);
    }

    /** Calls back after a final state is stored; at least once over all controllers, so the listener repeats harmlessly. */
    public void onFinished(Consumer<Execution> listener) {
        open.onFinished(listener);
    }

    /** Calls back with what this process wrote last of an execution that another controller then brought to its end. */
    public void onEndedElsewhere(Consumer<Execution> listener) {
        open.onEndedElsewhere(listener);
    }

    /** A hint: this execution has ended. Nothing happens when this process knows. */
    void ended(String id) {
        open.ended(id);
    }

    /** See {@link OpenExecutions#recount}. */
    public Future<Set<String>> recount(Consumer<List<Execution>> running) {
        return open.recount(running);
    }

    /**
     * Stores an execution and, where asked, starts it in the same write. The same id twice gives the one there is. Fails
     * with UNPROCESSABLE (no DAG) or LIMITED (too many open).
     */
    public Future<Execution> create(NewExecution what, String actor) {
        return creation.create(what, actor);
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

    /** Fails with CONFLICT when it has not ended or nothing is left to run, and as {@link RetrySelection#of} does. */
    public Future<Execution> retry(String id, RetrySelection what, String actor) {
        return change(id, seen -> transitions.retry(seen, what, actor, clock.instant()));
    }

    /**
     * Gives what of it waits for a node another priority. Fails with CONFLICT when nothing waits.
     *
     * @param spec as {@link Reprioritization#of} asks for it. @param words for the audit trail
     */
    public Future<Execution> prioritise(String id, UnaryOperator<StepSpec> spec, String words, String actor) {
        return change(id, seen -> Reprioritization.of(seen, spec, words, actor, clock.instant()));
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
        return progressed(command, nodeId, percent, message, null);
    }

    /** @param transfer of a step that brings files; null: it does not, or nothing is known of it */
    public Future<Execution> progressed(
            CommandId command, String nodeId, int percent, String message, TransferProgress transfer) {
        return change(
                command.executionId(),
                seen -> transitions.progressed(seen, command, nodeId, percent, message, transfer, clock.instant()));
    }

    /** Succeeds when the outcome is stored or was settled before. Fails with FORBIDDEN when it was not that node's. */
    public Future<Execution> finished(CommandId command, String nodeId, CommandResult result, String messageId) {
        return change(
                command.executionId(),
                seen -> transitions.finished(seen, command, nodeId, result, messageId, clock.instant()));
    }

    /**
     * The same for a step that the controller carries out; appends the steps that follow from the outcome in the same write, unless the
     * outcome was settled before or the execution is being cancelled.
     */
    public Future<Execution> finishedThen(CommandId command, CommandResult result, List<StepSpec> more) {
        String messageId = Ids.uuid7();
        return change(
                command.executionId(),
                seen -> transitions.finished(
                        transitions.extended(seen, command, more),
                        command,
                        Placer.CONTROLLER,
                        result,
                        messageId,
                        clock.instant()));
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
        return records.find(ExecutionQueries.openOn(nodeId)).map(Records.Page::items);
    }

    /** Does what time, or a node that became free, makes possible. */
    public Future<Execution> look(String id) {
        return change(id, seen -> transitions.look(seen, clock.instant()));
    }

    /** Ids of executions whose time to be looked at has come, most urgent first. */
    public Future<List<String>> due(int most) {
        return records.find(ExecutionQueries.due(clock.millis(), most))
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
        return records.find(ExecutionQueries.ended(limit, cursor));
    }

    /** How many {@link #ended(int, String)} finds in all. */
    public Future<Long> countEnded() {
        return records.count(ExecutionQueries.ENDED);
    }

    /** Which of these, {@link Query#MAX_IN} at most, have ended or are gone. */
    public Future<Set<String>> ended(Set<String> ids) {
        if (ids.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return records.find(ExecutionQueries.among(ids)).map(page -> ExecutionQueries.ended(ids, page));
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
        return records.deleteWhere(ExecutionQueries.endedChildren(parentId)).mapEmpty();
    }

    private Future<Execution> change(String id, UnaryOperator<Execution> change) {
        return records.update(id, change);
    }
}
