package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.eventlog.Event;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.log.LogStreams;
import io.aiwm.controller.metrics.InferenceMetrics;
import io.aiwm.controller.metrics.MetricHistory;
import io.aiwm.controller.metrics.ReplicaMetrics;
import io.aiwm.controller.metrics.SeriesRange;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;

/** What one sees of a deployment's replicas: what they write, what they use, and what happened to them. */
public final class DeploymentWatchResource implements Resource {
    private static final int DEFAULT_TAIL = 100;
    private static final int ALL_MINUTES = 60;
    private static final int SHORTEST_STEP = 10;
    /** Of all series of one answer together. */
    private static final int MOST_POINTS = 18_000;

    private final Deployments deployments;
    private final LogStreams logs;
    private final ReplicaMetrics metrics;
    private final InferenceMetrics calls;
    private final MetricHistory history;
    private final InstantSource clock;

    public DeploymentWatchResource(
            Deployments deployments,
            LogStreams logs,
            ReplicaMetrics metrics,
            InferenceMetrics calls,
            MetricHistory history,
            InstantSource clock) {
        this.deployments = deployments;
        this.logs = logs;
        this.metrics = metrics;
        this.calls = calls;
        this.history = history;
        this.clock = clock;
    }

    @Override
    public String fragment() {
        return "deployment-watch";
    }

    @Override
    public void mount(Api api) {
        api.on("readDeploymentLogs", this::readLogs);
        api.on("getDeploymentMetrics", this::readMetrics);
        api.on("listDeploymentEvents", this::listEvents);
    }

    private Future<Reply> readLogs(Request request) {
        String accept = request.header("Accept");
        String replica = request.query("replica");
        var asked = ReplicaLogRequestBuilder.builder()
                .user(DeploymentResource.actor(request))
                .deploymentId(request.id())
                .replica(replica == null ? null : Integer.valueOf(replica))
                .follow(request.flag("follow"))
                .tail((int) request.number("tail", DEFAULT_TAIL))
                .timestamps(request.flag("timestamps"))
                .prefix(request.query("prefix") == null ? null : (Boolean) request.flag("prefix"))
                .events(accept != null && accept.contains("text/event-stream"))
                .build();
        return new ReplicaLogs(Vertx.currentContext(), deployments::get, logs, asked).reply();
    }

    private Future<Reply> readMetrics(Request request) {
        long only = request.number("replica", -1);
        if (HistoryView.isAskedFor(request)) {
            var range = HistoryView.range(request, clock.instant(), history.kept());
            return deployments
                    .get(request.id())
                    .compose(found -> history.ofDeployment(found.id(), range))
                    .map(answer -> Reply.ok(HistoryView.deployment(answer, only)));
        }
        var asked = SeriesRange.until(clock.instant(), (int) request.number("minutes", ALL_MINUTES), (int)
                request.number("step", SHORTEST_STEP));
        return deployments.get(request.id()).compose(found -> {
            var range =
                    asked.within(MOST_POINTS, only >= 0 ? 1 : found.instances().size());
            Future<InferenceMetrics.Answer> called = calls.of(found.id(), range);
            return metrics.of(found.id(), range)
                    .map(answer -> only < 0 ? answer : answer.only((int) only))
                    .compose(answer ->
                            called.map(all -> Reply.ok(MetricsView.of(found, answer, range, ofOne(all, found, only)))));
        });
    }

    /** @param only the replica that is asked for; negative: all */
    private static InferenceMetrics.Answer ofOne(InferenceMetrics.Answer all, Deployment found, long only) {
        return only < 0
                ? all
                : all.only(found.instances().stream()
                        .filter(replica -> replica.index() == only && replica.container() != null)
                        .map(replica -> MetricsView.idOf(replica.container()))
                        .findFirst()
                        .orElse(null));
    }

    private Future<Reply> listEvents(Request request) {
        String id = request.id();
        String after = request.query("after");
        return deployments
                .get(id)
                .compose(found -> deployments.events().flush(found).map(true))
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause))
                .compose(there -> deployments
                        .events()
                        .page(id, after == null ? null : Long.valueOf(after), request.pageSize(), request.pageToken())
                        .map(page -> {
                            if (!there && page.events().isEmpty() && request.pageToken() == null && after == null) {
                                throw Failure.notFound("deployment", id);
                            }
                            List<JsonObject> items = page.events().stream()
                                    .map(one -> request.readable(shown(one)))
                                    .toList();
                            return Reply.page(items, page.nextCursor(), null);
                        }));
    }

    private static JsonObject shown(Event event) {
        JsonObject json = Json.toObject(event).put("at", event.createdAt().toString());
        List.of("version", "resourceType", "resourceId", "createdAt").forEach(json::remove);
        return json;
    }
}
