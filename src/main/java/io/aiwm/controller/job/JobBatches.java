package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Execution;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Does one action to many jobs. */
final class JobBatches {
    private final Jobs jobs;

    JobBatches(Jobs jobs) {
        this.jobs = jobs;
    }

    /** Does one thing to many jobs. What is refused for one of them is said in its result and stops no other. */
    Future<JobBatch.Outcome> run(JobBatch batch, String actor) {
        if (batch.ids() != null) {
            return each(batch.ids().stream().distinct().toList(), batch.action(), actor)
                    .map(results -> new JobBatch.Outcome(batch.action(), results, null));
        }
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
        JobFilter filter = batch.filter().in(states);
        return batch.action() == JobBatch.Action.CANCEL
                ? cancelFound(filter, actor)
                : jobs.find(filter, JobBatch.MOST, null)
                        .compose(found ->
                                each(found.items().stream().map(Execution::id).toList(), batch.action(), actor))
                        .compose(results ->
                                jobs.count(filter).map(left -> new JobBatch.Outcome(batch.action(), results, left)));
    }

    /** A job that is being cancelled is open until its worker has stopped it: it is not taken again, nor counted. */
    private Future<JobBatch.Outcome> cancelFound(JobFilter filter, String actor) {
        var ids = new ArrayList<String>();
        return notAsked(filter, null, ids).compose(read -> {
            List<String> now = ids.subList(0, Math.min(ids.size(), JobBatch.MOST));
            return each(now, JobBatch.Action.CANCEL, actor)
                    .map(results ->
                            new JobBatch.Outcome(JobBatch.Action.CANCEL, results, (long) ids.size() - now.size()));
        });
    }

    /** Among open jobs, of which there are not too many. */
    private Future<Void> notAsked(JobFilter filter, String cursor, List<String> ids) {
        return jobs.find(filter, JobBatch.MOST, cursor).compose(page -> {
            page.items().stream().filter(job -> !job.cancelAsked()).forEach(job -> ids.add(job.id()));
            return page.nextCursor() == null ? Future.succeededFuture() : notAsked(filter, page.nextCursor(), ids);
        });
    }

    private Future<List<JobBatch.Result>> each(List<String> ids, JobBatch.Action action, String actor) {
        var results = new ArrayList<JobBatch.Result>(ids.size());
        Function<String, Future<?>> act = id -> switch (action) {
            case CANCEL -> jobs.cancel(id, "cancelled by " + actor, actor);
            case RETRY -> jobs.retry(id, actor);
            case DELETE -> jobs.delete(id);
        };
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
