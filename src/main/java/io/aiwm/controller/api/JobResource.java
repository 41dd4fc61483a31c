package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.execution.CompletionWaiters;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.execution.StepState;
import io.aiwm.controller.file.Files;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.job.JobBatch;
import io.aiwm.controller.job.JobExplainer;
import io.aiwm.controller.job.JobFilter;
import io.aiwm.controller.job.JobRequest;
import io.aiwm.controller.job.JobView;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.log.LogStreams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Jobs over REST. */
public final class JobResource implements Resource {
    /** How long {@code POST /api/execute} waits for a caller who does not say. */
    private static final Duration USUAL_WAIT = Duration.ofMinutes(1);

    private static final int SHOWN_LINES = 100;

    private final Jobs jobs;
    private final JobExplainer placing;
    private final JobFiles files;
    private final LogStreams logs;
    private final CompletionWait ends;
    private final IdempotencyKeys keys;

    public JobResource(
            Jobs jobs,
            JobExplainer placing,
            Files files,
            LogStreams logs,
            Executions executions,
            CompletionWaiters waiters,
            IdempotencyKeys keys) {
        this.jobs = jobs;
        this.placing = placing;
        this.files = new JobFiles(files);
        this.logs = logs;
        this.ends = new CompletionWait(executions, waiters);
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "jobs";
    }

    @Override
    public void mount(Api api) {
        api.on("createJob", this::create);
        api.on("listJobs", this::list);
        api.on("countJobs", this::count);
        api.on("getJob", this::get);
        api.on("deleteJob", request -> jobs.delete(request.id()).map(done -> Reply.noContent()));
        api.on("cancelJob", this::cancel);
        api.on("retryJob", request -> shown(request, jobs.retry(request.id(), actor(request))));
        api.on("listJobTasks", this::tasks);
        api.on("batchJobs", this::batch);
        api.on("explainJob", request -> placing.explain(request.id()).map(Reply::ok));
        api.on(
                "planJob",
                request -> placing.plan(request.body(JobRequest.class)).map(Reply::ok));
        api.on("executeJob", this::execute);
    }

    private Future<Reply> create(Request request) {
        Duration wait = CompletionWait.wait(request);
        JobRequest wanted = request.body(JobRequest.class);
        if (request.flag("strict")) {
            placing.refuseWhatCanNeverRun(wanted);
        }
        return keys.once(
                        request,
                        "createJob",
                        Ids.next(Jobs.PREFIX),
                        id -> ends.whenEnded(id, wait),
                        id -> ends.made(id, wait, () -> jobs.create(id, wanted, actor(request))))
                .compose(made -> jobs.view(made)
                        .map(view ->
                                Reply.created("/api/jobs/" + made.id(), view).etag(made.version())));
    }

    /** As {@link #create}, but it waits unless told otherwise and answers 200 when the job has ended, or streams. */
    private Future<Reply> execute(Request request) {
        boolean told =
                request.header("Prefer") != null && request.header("Prefer").contains("wait=");
        Duration wait = told ? CompletionWait.wait(request) : USUAL_WAIT;
        JobRequest wanted = request.body(JobRequest.class);
        if (wanted.count() != null) {
            throw Failure.unprocessable("/count", "goes with POST /api/jobs: nobody waits here for an array");
        }
        if (request.flag("strict")) {
            placing.refuseWhatCanNeverRun(wanted);
        }
        String newId = Ids.next(Jobs.PREFIX);
        Context context = Vertx.currentContext();
        if (request.flag("cancelOnDisconnect")) {
            request.onGone(() -> jobs.cancel(newId, "its caller is gone", actor(request)));
        }
        StreamForm form = StreamForm.of(request, StreamForm.TEXT);
        boolean streamed = form != StreamForm.TEXT;
        Duration waited = streamed ? Duration.ZERO : wait;
        Future<Execution> made = keys.once(
                request,
                "executeJob",
                newId,
                id -> ends.whenEnded(id, waited),
                id -> ends.made(id, waited, () -> jobs.create(id, wanted, actor(request))));
        if (streamed) {
            return made.map(job -> {
                var stream = new JobStream(
                        context,
                        LogSources.ofJobs(jobs, files, logs),
                        new LogRequest(actor(request), job.id(), 0, 0, LogRequest.Lines.ALL, form, true));
                if (request.flag("cancelOnDisconnect")) {
                    stream.onGone(() -> jobs.cancel(job.id(), "its caller is gone", actor(request)));
                }
                return stream.reply().header("Location", "/api/jobs/" + job.id());
            });
        }
        return made.compose(job -> jobs.view(job)
                .compose(view -> withLog(context, job, view))
                .map(view -> (job.status().isFinal() ? Reply.ok(view) : Reply.accepted(view))
                        .header("Location", "/api/jobs/" + job.id())
                        .etag(job.version())));
    }

    /** The last of what it has printed, where that is kept by now. */
    private Future<JsonObject> withLog(Context context, Execution job, JsonObject view) {
        return job.status().isFinal() && job.steps().get(0).attempt() > 0
                ? files.lastLines(context, job.id(), job.steps().get(0).attempt(), SHOWN_LINES)
                        .map(lines -> view.put("log", lines))
                        .otherwise(view)
                : Future.succeededFuture(view);
    }

    private Future<Reply> get(Request request) {
        return shown(
                request,
                jobs.get(request.id())
                        .compose(job -> CompletionWait.wait(request).isZero()
                                ? Future.succeededFuture(job)
                                : ends.whenEnded(job.id(), CompletionWait.wait(request))));
    }

    private Future<Reply> cancel(Request request) {
        String reason = request.json().getString("reason", "cancelled by " + actor(request));
        return shown(request, jobs.cancel(request.id(), reason, actor(request)));
    }

    private Future<Reply> list(Request request) {
        JobFilter filter = filter(request);
        return jobs.find(filter, request.pageSize(), request.pageToken())
                .compose(page -> jobs.count(filter)
                        .map(total -> Reply.page(
                                LenientListing.of(
                                        page.items(), Execution::id, item -> request.readable(JobView.listed(item))),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> count(Request request) {
        return jobs.countByStatus(filter(request))
                .map(counts -> Reply.ok(Map.of(
                        "groupBy",
                        "status",
                        "total",
                        counts.values().stream().mapToLong(Long::longValue).sum(),
                        "counts",
                        counts)));
    }

    private Future<Reply> tasks(Request request) {
        List<StepState> status = status(request);
        return jobs.tasks(request.id(), status, request.pageSize(), request.pageToken())
                .compose(page -> jobs.countTasks(request.id(), status)
                        .map(total -> Reply.page(
                                LenientListing.of(
                                        page.items(), Execution::id, item -> request.readable(JobView.listed(item))),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> batch(Request request) {
        return jobs.batch(request.body(JobBatch.class), actor(request)).map(Reply::ok);
    }

    private Future<Reply> shown(Request request, Future<Execution> found) {
        return found.compose(job ->
                jobs.view(job).map(view -> Reply.ok(request.readable(view)).etag(job.version())));
    }

    private static JobFilter filter(Request request) {
        return new JobFilter(
                status(request),
                request.queryAll("name"),
                request.query("q"),
                request.query("nodeId"),
                request.queryAll("scheduleId"),
                request.moment("createdAfter"),
                request.moment("createdBefore"));
    }

    private static List<StepState> status(Request request) {
        return request.queryAll("status").stream().map(StepState::valueOf).toList();
    }

    private static String actor(Request request) {
        return request.principal().name();
    }
}
