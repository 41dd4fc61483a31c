package io.aiwm.controller.job;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Step;
import io.aiwm.controller.execution.StepSpec;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.scheduler.DryRun;
import io.aiwm.controller.scheduler.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What the scheduler says of jobs: why one waits, where one would go. Nothing is promised. */
public final class JobExplainer {
    /** So many tasks of an array are planned at most; each costs a decision over all nodes. */
    private static final int MOST_PLANNED = 1_000;

    private final Jobs jobs;
    private final Scheduler scheduler;

    public JobExplainer(Jobs jobs, Scheduler scheduler) {
        this.jobs = jobs;
        this.scheduler = scheduler;
    }

    /** Why it waits, or where it is. Fails with NOT_FOUND. */
    public Future<JsonObject> explain(String id) {
        return jobs.get(id).compose(job -> {
            if (!ArraySpec.is(job) || job.status().isFinal()) {
                return Future.succeededFuture(explained(job));
            }
            return jobs.tasks(id, List.of(StepState.QUEUED), 1, null).map(page -> {
                var json = new JsonObject().put("message", job.steps().get(0).message());
                if (!page.items().isEmpty()) {
                    Execution task = page.items().get(0);
                    json = explained(task).put("taskId", task.id());
                }
                return json.put("jobId", id).put("status", job.phase().name());
            });
        });
    }

    private JsonObject explained(Execution job) {
        Step step = job.steps().get(0);
        var json = switch (step.status()) {
            case QUEUED ->
                step.notBefore() == null
                        ? Json.toObject(scheduler.explain(job, 0))
                        : said("waits until " + step.notBefore() + ": " + step.message());
            case PENDING -> said("is not started");
            case ASSIGNED, RUNNING -> said("is on node " + step.nodeId()).put("nodeId", step.nodeId());
            case COMPLETED, FAILED, TIMEOUT, CANCELLED ->
                said("has ended"
                        + (step.error() == null ? "" : ": " + step.error().message()));
        };
        return json.put("jobId", job.id()).put("status", job.phase().name());
    }

    private static JsonObject said(String message) {
        return new JsonObject().put("message", message);
    }

    /** Where it, or the first tasks of it, would go now. Fails with UNPROCESSABLE as its creation would. */
    public Future<DryRun> plan(JobRequest job) {
        StepSpec step = jobs.step(job);
        int count = job.count() == null ? 1 : Math.min(job.count(), MOST_PLANNED);
        return Vertx.currentContext().executeBlocking(() -> scheduler.plan(step, count), false);
    }

    /** Fails with UNPROCESSABLE when no node of the fleet as it is can ever run it. */
    public void refuseWhatCanNeverRun(JobRequest job) {
        DryRun plan = scheduler.plan(jobs.step(job), 1);
        if (plan.isHopeless()) {
            throw Failure.unprocessable("/requirements", plan.shortOf().message());
        }
    }
}
