package io.aiwm.controller.api;

import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.inference.AliasMap;
import io.aiwm.controller.inference.AliasRequest;
import io.aiwm.controller.inference.Aliases;
import io.aiwm.controller.inference.InUseCheck;
import io.aiwm.controller.inference.NamedAlias;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Predicate;

/** Aliases of models over REST. */
public final class InferenceAliasResource implements Resource {
    private static final String PATH = "/api/inference/aliases";

    private final Aliases aliases;
    private final Predicate<String> known;
    private final InUseCheck inUse;

    /** @param known whether something of this name can be called */
    public InferenceAliasResource(Aliases aliases, Predicate<String> known, InUseCheck inUse) {
        this.aliases = aliases;
        this.known = known;
        this.inUse = inUse;
    }

    @Override
    public String fragment() {
        return "inference-aliases";
    }

    @Override
    public void mount(Api api) {
        api.on("listInferenceAliases", this::list);
        api.on("replaceInferenceAliases", this::replaceAll);
        api.on("getInferenceAlias", request -> aliases.get(name(request)).map(this::shown));
        api.on("setInferenceAlias", this::set);
        api.on(
                "deleteInferenceAlias",
                request -> inUse.alias(name(request), request.flag("force"))
                        .compose(free -> aliases.delete(name(request), request.ifMatch()))
                        .map(gone -> Reply.noContent()));
    }

    private static String name(Request request) {
        return request.path("name");
    }

    private Future<Reply> list(Request request) {
        return aliases.find(request.pageSize(), request.pageToken())
                .map(page -> Reply.page(page.items().stream().map(this::json).toList(), page.nextCursor(), page.total())
                        .etag(page.version())
                        // what an alias names comes and goes
                        .alwaysWhole());
    }

    private Future<Reply> replaceAll(Request request) {
        Map<String, AliasRequest> wanted = AliasMap.of(request.json());
        return inUse.otherAliases(wanted.keySet(), request.flag("force"))
                .compose(free -> aliases.putAll(wanted, request.principal().name(), request.ifMatch()))
                .compose(put -> list(request));
    }

    private Future<Reply> set(Request request) {
        return aliases.put(
                        name(request),
                        request.body(AliasRequest.class),
                        request.principal().name(),
                        request.ifMatch())
                .map(put -> put.created()
                        ? Reply.created(PATH + "/" + name(request), json(put.alias()))
                                .etag(put.alias().version())
                        : shown(put.alias()));
    }

    private Reply shown(NamedAlias alias) {
        return Reply.ok(json(alias)).etag(alias.version()).alwaysWhole();
    }

    private JsonObject json(NamedAlias alias) {
        JsonObject json = Json.toObject(alias);
        json.remove("version");
        var unresolved =
                new JsonArray(alias.named().filter(known.negate()).distinct().toList());
        return unresolved.isEmpty() ? json : json.put("unresolved", unresolved);
    }
}
