package io.aiwm.controller.api;

import io.aiwm.controller.deployment.Deployment;
import io.aiwm.controller.deployment.DeploymentPlacing;
import io.aiwm.controller.deployment.DeploymentRequest;
import io.aiwm.controller.deployment.DeploymentView;
import io.aiwm.controller.deployment.Deployments;
import io.aiwm.controller.deployment.RolloutView;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** The replicas of deployments over REST: how many there are, and how a new version reaches them. */
public final class RolloutResource implements Resource {
    private final Deployments deployments;
    private final DeploymentPlacing placing;

    public RolloutResource(Deployments deployments, DeploymentPlacing placing) {
        this.deployments = deployments;
        this.placing = placing;
    }

    @Override
    public String fragment() {
        return "rollouts";
    }

    @Override
    public void mount(Api api) {
        api.on("planDeployment", this::plan);
        api.on(
                "scaleDeployment",
                request -> accepted(deployments
                        .rollouts()
                        .scale(
                                request.id(),
                                request.json().getInteger("replicas"),
                                DeploymentResource.actor(request))));
        api.on("pauseDeployment", request -> accepted(deployments.rollouts().pause(request.id(), true)));
        api.on("resumeDeployment", request -> accepted(deployments.rollouts().pause(request.id(), false)));
        api.on("undoDeployment", this::undo);
        api.on(
                "getDeploymentHistory",
                request -> deployments
                        .get(request.id())
                        .map(found -> Reply.ok(request.readable(RolloutView.history(found)))
                                .etag(found.version())));
        api.on(
                "restartDeploymentReplica",
                request -> accepted(deployments.restartReplica(
                        request.id(),
                        Integer.parseInt(request.path("index")),
                        request.flag("pull"),
                        DeploymentResource.actor(request))));
    }

    private Future<Reply> plan(Request request) {
        var asked = DeploymentRequest.of(request.json());
        String id = request.query("id");
        return id == null
                ? placing.plan(asked).map(plan -> Reply.ok(request.readable(plan)))
                : deployments
                        .get(id)
                        .compose(found -> placing.plan(found, asked))
                        .map(plan -> Reply.ok(request.readable(plan)));
    }

    private Future<Reply> undo(Request request) {
        JsonObject body = request.raw() == null || request.raw().length() == 0 ? new JsonObject() : request.json();
        return accepted(deployments
                .rollouts()
                .undo(request.id(), body.getInteger("generation"), DeploymentResource.actor(request)));
    }

    private static Future<Reply> accepted(Future<Deployment> action) {
        return action.map(after -> {
            String execution = DeploymentView.execution(after);
            Reply reply = Reply.accepted(DeploymentView.acted(after));
            return execution == null ? reply : reply.header("Location", "/api/executions/" + execution);
        });
    }
}
