package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.auth.ApiKey;
import io.aiwm.controller.auth.ApiKeys;
import io.aiwm.controller.auth.IssuedKey;
import io.aiwm.controller.auth.KeyRequest;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** API keys over REST: everyone's own, and for an administrator everyone's. */
public final class ApiKeyResource implements Resource {
    private final ApiKeys keys;

    public ApiKeyResource(ApiKeys keys) {
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "api-keys";
    }

    @Override
    public void mount(Api api) {
        api.on("listApiKeys", this::list);
        api.on("createApiKey", this::create);
        api.on(
                "setApiKeyLimits",
                request -> keys.limit(request.principal(), request.id(), request.body(KeyLimits.class))
                        .map(key -> Reply.ok(json(key))));
        api.on(
                "deleteApiKey",
                request -> keys.delete(request.principal(), request.id()).map(gone -> Reply.noContent()));
    }

    private Future<Reply> list(Request request) {
        String owner = request.query("owner");
        if (request.query("q") != null) {
            return keys.named(request.principal(), owner, request.query("q"), request.pageSize())
                    .map(found ->
                            Reply.page(found.stream().map(ApiKeyResource::json).toList(), null, (long) found.size()));
        }
        return keys.list(request.principal(), owner, request.pageSize(), request.pageToken())
                .compose(page -> keys.count(request.principal(), owner)
                        .map(total -> Reply.page(
                                page.items().stream().map(ApiKeyResource::json).toList(), page.nextCursor(), total)));
    }

    private Future<Reply> create(Request request) {
        return keys.create(request.principal(), request.body(KeyRequest.class)).map(ApiKeyResource::issued);
    }

    private static Reply issued(IssuedKey issued) {
        return Reply.of(201, json(issued.key()).put("key", issued.text()).encode());
    }

    private static JsonObject json(ApiKey key) {
        JsonObject json = Json.toObject(key);
        json.remove("hash");
        json.remove("ownerSince");
        if (Boolean.TRUE.equals(json.remove("limitsGranted"))) {
            json.put("limitsSet", true);
        }
        json.remove("version");
        return json;
    }
}
