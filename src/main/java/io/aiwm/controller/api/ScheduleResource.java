package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.job.Jobs;
import io.aiwm.controller.job.ScheduleRequest;
import io.aiwm.controller.job.Schedules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/** Schedules over REST. */
public final class ScheduleResource implements Resource {
    private final Schedules schedules;
    private final Jobs jobs;
    private final IdempotencyKeys keys;

    public ScheduleResource(Schedules schedules, Jobs jobs, IdempotencyKeys keys) {
        this.schedules = schedules;
        this.jobs = jobs;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "schedules";
    }

    @Override
    public void mount(Api api) {
        api.on("createSchedule", this::create);
        api.on("listSchedules", this::list);
        api.on("planSchedule", this::plan);
        api.on("getSchedule", request -> shown(schedules.get(request.id()).map(request::readable)));
        api.on(
                "replaceSchedule",
                request ->
                        shown(schedules.replace(request.id(), request.body(ScheduleRequest.class), request.ifMatch())));
        api.on("deleteSchedule", request -> schedules.delete(request.id()).map(done -> Reply.noContent()));
        api.on("pauseSchedule", request -> shown(schedules.enable(request.id(), false)));
        api.on("resumeSchedule", request -> shown(schedules.enable(request.id(), true)));
        api.on("runSchedule", this::runNow);
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(ScheduleRequest.class);
        return keys.once(
                        request,
                        "createSchedule",
                        Ids.next(Schedules.PREFIX),
                        schedules::get,
                        id -> schedules.create(id, wanted, actor(request)))
                .map(made -> Reply.created("/api/schedules/" + made.getString("id"), made)
                        .etag(made.getLong("version")));
    }

    private Future<Reply> list(Request request) {
        List<String> names = request.queryAll("name");
        String part = request.query("q");
        return schedules
                .find(names, part, request.pageSize(), request.pageToken())
                .compose(page -> schedules
                        .count(names, part)
                        .map(total -> Reply.page(
                                page.items().stream().map(request::readable).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> plan(Request request) {
        List<Instant> times = schedules.plan(request.body(ScheduleRequest.class));
        return Future.succeededFuture(Reply.ok(new JsonObject()
                .put(
                        "nextRuns",
                        new JsonArray(times.stream().map(Instant::toString).toList()))));
    }

    private Future<Reply> runNow(Request request) {
        return keys.once(
                        request,
                        "runSchedule " + request.id(),
                        Ids.next(Jobs.PREFIX),
                        jobs::get,
                        jobId -> schedules.runNow(request.id(), jobId, actor(request)))
                .compose(job -> jobs.view(job)
                        .map(view ->
                                Reply.created("/api/jobs/" + job.id(), view).etag(job.version())));
    }

    private static Future<Reply> shown(Future<JsonObject> found) {
        return found.map(view -> Reply.ok(view).etag(view.getLong("version")));
    }

    private static String actor(Request request) {
        return request.principal().name();
    }
}
