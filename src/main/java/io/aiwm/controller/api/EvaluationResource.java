package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.evaluation.Evaluation;
import io.aiwm.controller.evaluation.EvaluationRequest;
import io.aiwm.controller.evaluation.Evaluations;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;

/** Evaluations over REST. */
public final class EvaluationResource implements Resource {
    private final Evaluations evaluations;
    private final IdempotencyKeys keys;

    public EvaluationResource(Evaluations evaluations, IdempotencyKeys keys) {
        this.evaluations = evaluations;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "evaluations";
    }

    @Override
    public void mount(Api api) {
        api.on("createEvaluation", this::create);
        api.on("listEvaluations", this::list);
        api.on(
                "countEvaluations",
                request -> evaluations
                        .count(ListQuery.of(request))
                        .compose(total -> evaluations
                                .countBy("activity", ListQuery.of(request))
                                .map(counts -> ListQuery.counts("activity", total, counts))));
        api.on("getEvaluation", request -> shown(evaluations.get(request.id())));
        api.on(
                "replaceEvaluation",
                request -> shown(evaluations.replace(
                        request.id(),
                        request.body(EvaluationRequest.class),
                        request.principal().name(),
                        request.ifMatch())));
        api.on(
                "deleteEvaluation",
                request -> evaluations.delete(request.id(), request.ifMatch()).map(gone -> Reply.noContent()));
        api.on("restoreEvaluation", request -> shown(evaluations.restore(request.id(), request.ifMatch())));
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(EvaluationRequest.class);
        return keys.once(
                        request,
                        "createEvaluation",
                        Ids.next(Evaluation.PREFIX),
                        evaluations::get,
                        id -> evaluations.create(id, wanted, request.principal().name()))
                .map(made -> Reply.created("/api/evaluations/" + made.id(), ListQuery.view(made))
                        .etag(made.version()));
    }

    private static Future<Reply> shown(Future<Evaluation> found) {
        return found.map(one -> Reply.ok(ListQuery.view(one)).etag(one.version()));
    }

    private Future<Reply> list(Request request) {
        return evaluations
                .find(ListQuery.of(request), request.pageSize(), request.pageToken())
                .compose(page -> evaluations
                        .count(ListQuery.of(request))
                        .map(total -> Reply.page(
                                LenientListing.of(page.items(), Evaluation::id, ListQuery::view),
                                page.nextCursor(),
                                total)));
    }
}
