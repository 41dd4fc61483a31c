package io.aiwm.controller.api;

import io.aiwm.controller.auth.Role;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.secret.SecretValue;
import io.aiwm.controller.secret.StoredSecret;
import io.aiwm.controller.secret.StoredSecrets;
import io.aiwm.controller.secret.StoredSecrets.Described;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Stored secrets over REST. No answer has a value. */
public final class SecretResource implements Resource {
    /** Each record is read with its sealed value. */
    private static final int LARGEST_PAGE = 100;

    private final StoredSecrets secrets;

    public SecretResource(StoredSecrets secrets) {
        this.secrets = secrets;
    }

    @Override
    public String fragment() {
        return "secrets";
    }

    @Override
    public void mount(Api api) {
        api.on("listSecrets", this::list);
        api.on("countSecrets", this::count);
        api.on(
                "getSecret",
                request -> secrets.get(name(request))
                        .map(found -> Reply.ok(json(request, found))
                                .etag(found.secret().version())));
        api.on("setSecret", this::set);
        api.on(
                "deleteSecret",
                request -> secrets.delete(
                                name(request), request.principal().name(), request.flag("force"), request.ifMatch())
                        .map(gone -> Reply.noContent()));
    }

    private static String name(Request request) {
        return request.path("name");
    }

    private Future<Reply> list(Request request) {
        return secrets.find(Math.min(request.pageSize(), LARGEST_PAGE), request.pageToken())
                .compose(page -> secrets.count()
                        .map(total -> Reply.page(
                                page.items().stream()
                                        .map(one -> json(request, one))
                                        .toList(),
                                page.nextCursor(),
                                total)));
    }

    private Future<Reply> count(Request request) {
        return secrets.countByReadable().map(counts -> {
            var shown = new JsonObject();
            counts.forEach((readable, count) -> shown.put(readable.toString(), count));
            return Reply.ok(new JsonObject()
                    .put("groupBy", "readable")
                    .put("total", counts.get(true) + counts.get(false))
                    .put("counts", shown));
        });
    }

    private Future<Reply> set(Request request) {
        return secrets.put(
                        name(request),
                        request.body(SecretValue.class),
                        request.principal().name(),
                        request.ifMatch())
                .map(put -> {
                    JsonObject shown = json(request, put.secret());
                    Reply reply =
                            put.created() ? Reply.created("/api/secrets/" + name(request), shown) : Reply.ok(shown);
                    return reply.etag(put.secret().secret().version());
                });
    }

    /** Field by field, so that neither the sealed value nor what is added later is shown by itself. Viewers see names. */
    private static JsonObject json(Request request, Described described) {
        StoredSecret secret = described.secret();
        var json = new JsonObject().put("name", secret.id());
        if (!request.principal().role().includes(Role.OPERATOR)) {
            return json;
        }
        if (secret.description() != null && !secret.description().isEmpty()) {
            json.put("description", secret.description());
        }
        return json.put("version", secret.number())
                .put("readable", described.readable())
                .put("createdBy", secret.createdBy())
                .put("updatedBy", secret.updatedBy())
                .put("createdAt", secret.createdAt().toString())
                .put("updatedAt", secret.updatedAt().toString());
    }
}
