package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.StepState;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Does one action to many jobs. */
final class JobBatches {
    private final Jobs jobs;

    JobBatches(Jobs jobs) {
        this.jobs = jobs;
    }

    /** Does one thing to many jobs. What is refused for one of them is said in its result and stops no other. */
    Future<JobBatch.Outcome> run(JobBatch batch, String actor) {
        JobBatch.Action action = batch.action();
        boolean prioritises = action == JobBatch.Action.PRIORITISE;
        if (prioritises != (batch.priority() != null)) {
            throw Failure.unprocessable(
                    "/priority", prioritises ? "is needed to prioritise" : "goes with the action prioritise alone");
        }
        int priority = prioritises ? JobRules.priority(batch.priority()) : -1;
        Function<String, Future<?>> act = id -> switch (action) {
            case CANCEL -> jobs.cancel(id, "cancelled by " + actor, actor);
            case RETRY -> jobs.retry(id, actor);
            case DELETE -> jobs.delete(id);
            case PRIORITISE -> jobs.prioritise(id, priority, actor);
        };
        if (batch.ids() != null) {
            return each(batch.ids().stream().distinct().toList(), act)
                    .map(results -> new JobBatch.Outcome(action, results, null));
        }
        JobFilter filter = batch.filter().in(states(batch));
        return switch (action) {
            case CANCEL -> picked(action, filter, job -> !job.cancelAsked(), act);
            case PRIORITISE ->
                picked(
                        action,
                        filter,
                        job -> !job.cancelAsked() && job.steps().get(0).spec().priority() != priority,
                        act);
            case RETRY, DELETE ->
                jobs.find(filter, JobBatch.MOST, null)
                        .compose(found ->
                                each(found.items().stream().map(Execution::id).toList(), act))
                        .compose(
                                results -> jobs.count(filter).map(left -> new JobBatch.Outcome(action, results, left)));
        };
    }

    private static Set<StepState> states(JobBatch batch) {
        var states = EnumSet.copyOf(batch.action().from());
        if (!batch.filter().status().isEmpty()) {
            states.retainAll(Set.copyOf(batch.filter().status()));
        }
        if (states.isEmpty()) {
            throw Failure.unprocessable(
                    "/filter/status",
                    "to " + batch.action().wire() + " applies to jobs that are "
                            + batch.action().from());
        }
        return states;
    }

    /** What it was done to may still be found, as a job that its worker has not stopped yet: it is not taken again, nor counted. */
    private Future<JobBatch.Outcome> picked(
            JobBatch.Action action, JobFilter filter, Predicate<Execution> takes, Function<String, Future<?>> act) {
        var ids = new ArrayList<String>();
        return pick(filter, takes, null, ids).compose(read -> {
            List<String> now = ids.subList(0, Math.min(ids.size(), JobBatch.MOST));
            return each(now, act).map(results -> new JobBatch.Outcome(action, results, (long) ids.size() - now.size()));
        });
    }

    /** Among open jobs, of which there are not too many. */
    private Future<Void> pick(JobFilter filter, Predicate<Execution> takes, String cursor, List<String> ids) {
        return jobs.find(filter, JobBatch.MOST, cursor).compose(page -> {
            page.items().stream().filter(takes).forEach(job -> ids.add(job.id()));
            return page.nextCursor() == null ? Future.succeededFuture() : pick(filter, takes, page.nextCursor(), ids);
        });
    }

    private Future<List<JobBatch.Result>> each(List<String> ids, Function<String, Future<?>> act) {
        var results = new ArrayList<JobBatch.Result>(ids.size());
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < ids.size(); from += Jobs.AT_ONCE) {
            List<String> some = ids.subList(from, Math.min(ids.size(), from + Jobs.AT_ONCE));
            done = done.compose(before -> Future.all(
                            some.stream().map(id -> result(id, act)).toList())
                    .onSuccess(all -> results.addAll(all.list()))
                    .mapEmpty());
        }
        return done.map(results);
    }

    private static Future<JobBatch.Result> result(String id, Function<String, Future<?>> act) {
        return Future.succeededFuture(id)
                .compose(act::apply)
                .map(done -> new JobBatch.Result(id, true, null))
                .otherwise(cause ->
                        new JobBatch.Result(id, false, Failure.of(cause).getMessage()));
    }
}
