package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.ModelEstimates;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.model.estimate.EstimateRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** What memory a model takes, over REST. */
public final class ModelEstimateResource implements Resource {
    private final Models models;
    private final ModelEstimates estimates;

    public ModelEstimateResource(Models models, ModelEstimates estimates) {
        this.models = models;
        this.estimates = estimates;
    }

    @Override
    public String fragment() {
        return "model-estimates";
    }

    @Override
    public void mount(Api api) {
        api.on("estimateModel", this::estimate);
    }

    private Future<Reply> estimate(Request request) {
        JsonObject body = request.json();
        String number = (String) body.remove("version");
        var asked = Json.decode(body.encode(), EstimateRequest.class);
        return models.get(request.id())
                .compose(model -> models.version(model, number == null ? "latest" : number))
                .compose(version -> estimates
                        .estimated(version, asked)
                        .compose(estimate -> Vertx.currentContext()
                                .executeBlocking(() -> estimates.shown(version, estimate, asked.engine()), false)))
                .map(Reply::ok);
    }
}
