package io.aiwm.controller.evaluation;

import io.aiwm.common.Failure;
import io.aiwm.controller.agent.Agents;
import io.aiwm.controller.agent.EvaluationTurns;
import io.aiwm.controller.agent.UserIdentity;
import io.aiwm.controller.evaluation.EvaluationRun.Candidate;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.DocumentStore.Field;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** The only writer of runs and their results. */
public final class EvaluationRuns {
    /** Runs of all users; older ones are deleted by whoever needs them no more. */
    private static final int MOST = 1_000;
    /** Of one user. */
    private static final int MOST_OPEN = 5;

    static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection(
            "evaluationRuns",
            List.of(Field.text("evaluationId"), Field.text("user"), Field.text("phase"), Field.time(Query.CREATED)),
            List.of(List.of("user", Query.CREATED), List.of("evaluationId", Query.CREATED)));
    static final DocumentStore.Collection RESULT_COLLECTION = new DocumentStore.Collection(
            "evaluationResults",
            List.of(Field.text("runId"), Field.number("trial")),
            List.of(List.of("runId", "trial")));

    private final Records<EvaluationRun> records;
    private final Records<EvaluationResult> results;
    private final Parts parts;
    private BiConsumer<EvaluationRun, Execution> begun = (run, execution) -> {};

    /** Who asks for a run. @param keyId of the API key that asks; null: none */
    public record Author(UserIdentity user, String keyId) {}

    /** What runs are made of. */
    record Parts(
            Evaluations evaluations,
            Agents agents,
            EvaluationTurns trials,
            Executions executions,
            InstantSource clock,
            String controllerId) {}

    EvaluationRuns(DocumentStore store, Parts parts) {
        this.records = new Records<>(
                store,
                COLLECTION.name(),
                EvaluationRun.class,
                Records.Shape.of(EvaluationRun::id, EvaluationRun::version, EvaluationRun::withVersion),
                run -> false,
                false);
        this.results = new Records<>(
                store,
                RESULT_COLLECTION.name(),
                EvaluationResult.class,
                Records.Shape.of(EvaluationResult::id, EvaluationResult::version, EvaluationResult::withVersion),
                result -> false,
                false);
        this.parts = parts;
    }

    /** Calls back for each run that is made here. Set once, before the first. */
    void onBegun(BiConsumer<EvaluationRun, Execution> listener) {
        begun = listener;
    }

    /**
     * Begins a run. Fails with NOT_FOUND, with UNPROCESSABLE naming what does not exist or does not fit, with CONFLICT when the
     * evaluation is not active, with LIMITED when too many are open or kept.
     */
    public Future<EvaluationRun> create(String id, String evaluation, EvaluationRunRequest wanted, Author by) {
        return parts.evaluations()
                .get(evaluation)
                .compose(found -> {
                    if (!found.active()) {
                        throw Failure.conflict("evaluation " + found.name() + " is not active");
                    }
                    return room(by.user().name())
                            .compose(free -> Candidates.of(parts.agents(), found, wanted))
                            .compose(candidates -> records.insert(made(id, found, candidates, wanted, by)));
                })
                .compose(run -> execute(run).map(execution -> {
                    begun.accept(run, execution);
                    return run;
                }));
    }

    private EvaluationRun made(
            String id, Evaluation of, List<Candidate> candidates, EvaluationRunRequest wanted, Author by) {
        return EvaluationRunBuilder.builder()
                .id(id)
                .version(1)
                .evaluationId(of.id())
                .evaluationName(of.name())
                .cases(of.cases())
                .candidates(candidates)
                .judge(wanted.judge())
                .parallel(wanted.parallel() == null ? EvaluationRunRequest.PARALLEL : wanted.parallel())
                .user(by.user().name())
                .userSince(by.user().since())
                .keyId(by.keyId())
                .holder(parts.controllerId())
                .executionId("ex" + id.substring(EvaluationRun.PREFIX.length()))
                .createdAt(parts.clock().instant())
                .build();
    }

    private Future<Void> room(String user) {
        return Future.all(
                        records.count(List.of()),
                        records.count(List.of(Condition.eq("user", user), Condition.eq("phase", "open"))))
                .map(both -> {
                    if (both.<Long>resultAt(0) >= MOST) {
                        throw Failure.conflict("there are " + MOST + " runs, and no more are kept; delete some");
                    }
                    if (both.<Long>resultAt(1) >= MOST_OPEN) {
                        throw Failure.limited("you have " + MOST_OPEN + " runs that have not ended", 60);
                    }
                    return null;
                });
    }

    /** The same twice gives the one there is. */
    Future<Execution> execute(EvaluationRun run) {
        return parts.executions().create(EvaluationSteps.execution(run), run.user());
    }

    /** Fails with NOT_FOUND, also for one of another user. @param user null: of any */
    public Future<EvaluationRun> get(String id, UserIdentity user) {
        return records.get(id).map(found -> {
            if (user != null && !user.owns(found.user(), found.userSince(), found.createdAt())) {
                throw Failure.notFound("evaluation run", id);
            }
            return found;
        });
    }

    /** The id of an evaluation of this id or name, for what follows; itself where there is none. */
    public Future<String> evaluationId(String idOrName) {
        return parts.evaluations().idOf(idOrName);
    }

    /** @param user null: of all. @param evaluationId null: of all */
    public Future<Records.Page<EvaluationRun>> find(UserIdentity user, String evaluationId, int limit, String cursor) {
        return records.page(Query.where(where(user, evaluationId))
                .newestFirst()
                .limit(limit)
                .after(cursor));
    }

    public Future<Long> count(UserIdentity user, String evaluationId) {
        return records.count(where(user, evaluationId));
    }

    private static List<Condition> where(UserIdentity user, String evaluationId) {
        var where = new ArrayList<Condition>();
        if (user != null) {
            where.add(Condition.eq("user", user.name()));
            if (user.since() != null) {
                where.add(Condition.gte(Query.CREATED, user.since()));
            }
        }
        if (evaluationId != null) {
            where.add(Condition.eq("evaluationId", evaluationId));
        }
        return where;
    }

    /** Fails with CONFLICT when it has ended. */
    public Future<Execution> cancel(EvaluationRun run, String actor) {
        return parts.executions().cancel(run.executionId(), "cancelled by " + actor, actor);
    }

    /** Of each the execution, by its id; one that is not there yet is left out. */
    public Future<Map<String, Execution>> executions(List<EvaluationRun> runs) {
        if (runs.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        List<String> ids = runs.stream().map(EvaluationRun::executionId).toList();
        return parts.executions()
                .find(Query.where(Condition.in("id", ids)).limit(ids.size()))
                .map(page -> page.items().stream().collect(Collectors.toMap(Execution::id, one -> one)));
    }

    public Future<Comparison> compared(EvaluationRun run) {
        return results.find(Query.where(Condition.eq("runId", run.id()))
                        .orderBy("trial", false)
                        .limit(Query.MAX_LIMIT))
                .map(page -> Comparison.of(run, page.items()));
    }

    /** Deletes a run with its results, conversations and messages. Fails with CONFLICT while it has not ended. */
    public Future<Void> delete(EvaluationRun run) {
        if (run.endedAt() == null) {
            throw Failure.conflict("the run has not ended; cancel it first");
        }
        Future<Void> gone = Future.succeededFuture();
        for (int i = 0; i < run.trials(); i++) {
            String key = run.keyOf(i);
            gone = gone.compose(before -> parts.trials().forget(key));
        }
        return gone.compose(before -> results.deleteWhere(
                        Query.where(Condition.eq("runId", run.id())).limit(Query.MAX_LIMIT)))
                .compose(before -> records.delete(run.id()))
                .mapEmpty();
    }

    // ---- carried out

    /** Succeeds with null when there is none. */
    Future<EvaluationResult> result(EvaluationRun run, int trial) {
        return results.get(EvaluationResult.idOf(run, trial))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    /** Stores a result; where there is one of this id, that one stays and is returned. */
    Future<EvaluationResult> store(EvaluationResult made) {
        return results.insert(made)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                        ? results.get(made.id())
                        : Future.failedFuture(cause));
    }

    Future<List<EvaluationRun>> open() {
        return records.find(Query.where(Condition.eq("phase", "open")).limit(MOST))
                .map(Records.Page::items);
    }

    Future<EvaluationRun> ended(String id) {
        return records.update(
                id,
                seen -> seen.endedAt() != null
                        ? seen
                        : EvaluationRunBuilder.builder(seen)
                                .endedAt(parts.clock().instant())
                                .build());
    }

    /** Takes a run over from a controller that is gone. @return whether this controller holds it now */
    Future<Boolean> take(String id, String from) {
        return records.update(
                        id,
                        seen -> seen.holder().equals(from)
                                ? EvaluationRunBuilder.builder(seen)
                                        .holder(parts.controllerId())
                                        .build()
                                : seen)
                .map(seen -> seen.holder().equals(parts.controllerId()));
    }
}
