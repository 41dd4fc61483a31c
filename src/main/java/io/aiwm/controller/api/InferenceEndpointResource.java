package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.EndpointRequest;
import io.aiwm.controller.inference.Endpoints;
import io.aiwm.controller.inference.ExternalEndpoint;
import io.aiwm.controller.inference.InUseCheck;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Supplier;

/** External OpenAI-compatible endpoints over REST. */
public final class InferenceEndpointResource implements Resource {
    private final Endpoints endpoints;
    private final Supplier<Map<String, String>> troubles;
    private final InUseCheck inUse;

    /** @param troubles why an endpoint cannot be used, by its name */
    public InferenceEndpointResource(Endpoints endpoints, Supplier<Map<String, String>> troubles, InUseCheck inUse) {
        this.endpoints = endpoints;
        this.troubles = troubles;
        this.inUse = inUse;
    }

    @Override
    public String fragment() {
        return "inference-endpoints";
    }

    @Override
    public void mount(Api api) {
        api.on("listInferenceEndpoints", this::list);
        api.on("getInferenceEndpoint", request -> endpoints.get(name(request)).map(this::shown));
        api.on("setInferenceEndpoint", this::set);
        api.on(
                "deleteInferenceEndpoint",
                request -> inUse.endpoint(name(request), request.flag("force"))
                        .compose(free -> endpoints.delete(name(request), request.ifMatch()))
                        .map(gone -> Reply.noContent()));
    }

    private static String name(Request request) {
        return request.path("name");
    }

    private Future<Reply> list(Request request) {
        return endpoints
                .find(request.pageSize(), request.pageToken())
                .compose(page -> endpoints
                        .count()
                        .map(total ->
                                Reply.page(page.items().stream().map(this::json).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> set(Request request) {
        return endpoints
                .put(
                        name(request),
                        request.body(EndpointRequest.class),
                        request.principal().name(),
                        request.ifMatch())
                .map(put -> put.created()
                        ? Reply.created("/api/inference/endpoints/" + name(request), json(put.endpoint()))
                                .etag(put.endpoint().version())
                        : shown(put.endpoint()));
    }

    private Reply shown(ExternalEndpoint endpoint) {
        return Reply.ok(json(endpoint)).etag(endpoint.version()).alwaysWhole();
    }

    private JsonObject json(ExternalEndpoint endpoint) {
        JsonObject json = Json.toObject(endpoint);
        json.remove("id");
        json.remove("version");
        String trouble = troubles.get().get(endpoint.id());
        json.getMap().values().removeIf(java.util.Objects::isNull);
        var shown = new JsonObject().put("name", endpoint.id()).mergeIn(json).put("usable", trouble == null);
        return trouble == null ? shown : shown.put("reason", trouble);
    }
}
