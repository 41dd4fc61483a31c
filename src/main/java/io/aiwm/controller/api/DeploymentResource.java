package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.DeploymentView;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Query.Condition;
import io.vertx.core.Future;
import java.util.ArrayList;

/** Deployments over REST. Every action answers 202 with the execution that does it. */
public final class DeploymentResource implements Resource {
    private final Deployments deployments;
    private final DeploymentPlacing placing;
    private final InUseCheck inUse;
    private final IdempotencyKeys keys;

    public DeploymentResource(
            Deployments deployments, DeploymentPlacing placing, InUseCheck inUse, IdempotencyKeys keys) {
        this.deployments = deployments;
        this.placing = placing;
        this.inUse = inUse;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "deployments";
    }

    @Override
    public void mount(Api api) {
        api.on("createDeployment", this::create);
        api.on("listDeployments", this::list);
        api.on("getDeployment", request -> deployments.get(request.id()).map(found -> shown(request, found)));
        api.on("updateDeployment", this::update);
        api.on(
                "patchDeployment",
                request -> accepted(
                        deployments.rollouts().patch(request.id(), request.json(), request.ifMatch(), actor(request))));
        api.on("deleteDeployment", this::delete);
        api.on("startDeployment", request -> accepted(deployments.start(request.id(), actor(request))));
        api.on("stopDeployment", request -> accepted(deployments.stop(request.id(), actor(request))));
        api.on(
                "restartDeployment",
                request -> accepted(deployments.restart(request.id(), request.flag("pull"), actor(request))));
    }

    private Future<Reply> delete(Request request) {
        return deployments
                .get(request.id())
                .compose(seen -> Boolean.TRUE.equals(seen.deleting())
                        ? Future.succeededFuture()
                        : inUse.deployment(seen.id(), seen.name(), request.flag("force")))
                .compose(free -> accepted(deployments.delete(request.id(), actor(request))));
    }

    private Future<Reply> create(Request request) {
        Future<Void> possible = request.flag("strict")
                ? placing.refuseWhatCanNeverRun(DeploymentRequest.of(request.json()))
                : Future.succeededFuture();
        return possible.compose(may -> keys.once(
                        request,
                        "createDeployment",
                        Ids.next("dep"),
                        deployments::get,
                        id -> deployments.create(id, DeploymentRequest.of(request.json()), actor(request))))
                .map(made -> Reply.created("/api/deployments/" + made.id(), DeploymentView.acted(made))
                        .etag(made.version()));
    }

    private Future<Reply> list(Request request) {
        var where = new ArrayList<Condition>();
        if (!request.queryAll("status").isEmpty()) {
            where.add(Condition.in("status", request.queryAll("status")));
        }
        if (!request.queryAll("nodeId").isEmpty()) {
            where.add(Condition.in(Deployments.NODES, request.queryAll("nodeId")));
        }
        String name = request.query("q");
        if (name != null && !name.isBlank()) {
            where.add(Condition.contains("name", name.strip()));
        }
        Query query = Query.where(where).newestFirst().limit(request.pageSize()).after(request.pageToken());
        return deployments
                .find(query)
                .compose(page -> deployments
                        .count(where)
                        .map(total -> Reply.page(
                                LenientListing.of(
                                        page.items(),
                                        Deployment::id,
                                        item -> request.readable(DeploymentView.of(item))),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> update(Request request) {
        return accepted(deployments.update(
                request.id(), DeploymentRequest.of(request.json()), request.ifMatch(), actor(request)));
    }

    private static Future<Reply> accepted(Future<Deployment> action) {
        return action.map(after -> {
            String execution = DeploymentView.execution(after);
            var body = DeploymentView.acted(after);
            return execution == null
                    ? Reply.accepted(body)
                    : Reply.accepted(body).header("Location", "/api/executions/" + execution);
        });
    }

    private static Reply shown(Request request, Deployment found) {
        return Reply.ok(request.readable(DeploymentView.of(found))).etag(found.version());
    }

    static String actor(Request request) {
        return request.principal().name();
    }
}
