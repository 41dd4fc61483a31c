package io.aiwm.controller.api;

import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.CallableModels;
import io.vertx.core.Future;

/** What can be called at this controller, over REST. */
public final class InferenceModelResource implements Resource {
    private final CallableModels models;

    public InferenceModelResource(CallableModels models) {
        this.models = models;
    }

    @Override
    public String fragment() {
        return "inference-models";
    }

    @Override
    public void mount(Api api) {
        api.on("listInferenceModels", request -> {
            CallableModels.Page page = models.find(request.pageSize(), request.pageToken());
            return Future.succeededFuture(Reply.page(page.items(), page.nextCursor(), page.total()));
        });
    }
}
