package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.common.Json;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Requires;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.Model;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.ModelWarming;
import io.aiwm.controller.model.Models;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Versions of models in the caches of nodes, over REST. */
public final class ModelNodeResource implements Resource {
    private final Models models;
    private final ModelWarming warming;
    private final IdempotencyKeys keys;

    public ModelNodeResource(Models models, ModelWarming warming, IdempotencyKeys keys) {
        this.models = models;
        this.warming = warming;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "model-nodes";
    }

    @Override
    public void mount(Api api) {
        api.on("warmModel", request -> {
            var wanted = Json.decode(request.json().encode(), ModelWarming.Wanted.class);
            return begun(
                    request,
                    "warmModel",
                    (id, model, version) -> warming.warm(id, model, version, wanted, actor(request)));
        });
        api.on("evictModel", request -> {
            JsonObject selector = request.json().getJsonObject("selector");
            Requires matching = selector == null ? null : Json.decode(selector.encode(), Requires.class);
            return begun(
                    request,
                    "evictModel",
                    (id, model, version) -> warming.evict(id, model, version, matching, actor(request)));
        });
    }

    private interface Beginning {
        Future<Execution> of(String id, Model model, ModelVersion version);
    }

    private Future<Reply> begun(Request request, String operation, Beginning beginning) {
        return models.get(request.id())
                .compose(model -> models.version(model, request.path("number"))
                        .compose(version -> keys.once(
                                        request,
                                        operation,
                                        Ids.next("ex"),
                                        warming::made,
                                        id -> beginning.of(id, model, version))
                                .map(execution -> accepted(version, execution))));
    }

    private static Reply accepted(ModelVersion version, Execution execution) {
        var nodes = new JsonArray();
        execution.steps().forEach(step -> nodes.add(step.spec().nodeId()));
        return Reply.accepted(new JsonObject()
                        .put("executionId", execution.id())
                        .put("modelId", version.modelId())
                        .put("number", version.number())
                        .put("nodes", nodes))
                .header("Location", "/api/executions/" + execution.id());
    }

    private static String actor(Request request) {
        return request.principal().name();
    }
}
