package io.aiwm.controller.api;

import io.aiwm.controller.autoscale.DeploymentExplainer;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Resource;

/** Why a deployment waits, over REST. */
public final class DeploymentExplainResource implements Resource {
    private final DeploymentExplainer explainer;

    public DeploymentExplainResource(DeploymentExplainer explainer) {
        this.explainer = explainer;
    }

    @Override
    public String fragment() {
        return "deployment-explain";
    }

    @Override
    public void mount(Api api) {
        api.on("explainDeployment", request -> explainer.explain(request.id()).map(Reply::ok));
    }
}
