package io.aiwm.controller.api;

import io.aiwm.common.Ids;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.Model;
import io.aiwm.controller.model.ModelFilter;
import io.aiwm.controller.model.ModelRequest;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.Models;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Function;

/** Models, their versions and aliases over REST. */
public final class ModelResource implements Resource {
    private static final Map<String, String> GROUPS =
            Map.of("task", "task", "state", "newest.state", "format", "newest.format");

    private final Models models;
    private final IdempotencyKeys keys;
    private final Function<ModelVersion, Future<TransferProgress>> progress;

    /** @param progress of the download of a version; succeeds with null where there is none */
    public ModelResource(
            Models models, IdempotencyKeys keys, Function<ModelVersion, Future<TransferProgress>> progress) {
        this.models = models;
        this.keys = keys;
        this.progress = progress;
    }

    @Override
    public String fragment() {
        return "models";
    }

    @Override
    public void mount(Api api) {
        api.on("createModel", this::create);
        api.on("listModels", this::list);
        api.on("countModels", this::count);
        api.on("getModel", request -> shown(models.get(request.id())));
        api.on(
                "replaceModel",
                request -> shown(models.replace(request.id(), request.body(ModelRequest.class), request.ifMatch())));
        api.on(
                "deleteModel",
                request -> models.delete(request.id(), request.flag("force"), request.ifMatch())
                        .map(gone -> Reply.noContent()));
        api.on("createModelVersion", this::createVersion);
        api.on("listModelVersions", this::listVersions);
        api.on(
                "getModelVersion",
                request ->
                        version(request).compose(found -> progress.apply(found).map(now -> shown(found, now))));
        api.on(
                "deleteModelVersion",
                request -> models.get(request.id())
                        .compose(model -> models.deleteVersion(model, request.path("number"), request.flag("force")))
                        .map(gone -> Reply.noContent()));
        api.on(
                "moveModelAlias",
                request -> shown(models.moveAlias(
                        request.id(), request.path("alias"), request.json().getInteger("version"))));
        api.on(
                "removeModelAlias",
                request ->
                        models.removeAlias(request.id(), request.path("alias")).map(gone -> Reply.noContent()));
    }

    private Future<Reply> create(Request request) {
        var wanted = request.body(ModelRequest.class);
        return keys.once(
                        request,
                        "createModel",
                        Ids.next(Model.PREFIX),
                        models::get,
                        id -> models.create(id, wanted, actor(request)))
                .map(made -> Reply.created("/api/models/" + made.id(), ModelView.of(made))
                        .etag(made.version()));
    }

    private static ModelFilter filter(Request request) {
        return new ModelFilter(
                request.queryAll("name"),
                request.queryAll("task"),
                request.queryAll("tag"),
                request.queryAll("format"),
                request.queryAll("state"),
                request.query("text"));
    }

    private Future<Reply> list(Request request) {
        ModelFilter filter = filter(request);
        return models.find(filter, request.pageSize(), request.pageToken())
                .compose(page -> models.count(filter)
                        .map(total -> Reply.page(
                                LenientListing.of(page.items(), Model::id, ModelView::of), page.nextCursor(), total)));
    }

    private Future<Reply> count(Request request) {
        ModelFilter filter = filter(request);
        String group = request.query("groupBy") == null ? "task" : request.query("groupBy");
        return models.count(filter)
                .compose(total -> models.countBy(GROUPS.get(group), filter)
                        .map(counts -> Reply.ok(new JsonObject()
                                .put("groupBy", group)
                                .put("total", total)
                                .put("counts", new JsonObject(Map.copyOf(counts))))));
    }

    private Future<Reply> createVersion(Request request) {
        String notes = request.json().getString("notes");
        return models.get(request.id())
                .compose(model -> models.addVersion(model, notes, actor(request)))
                .map(ModelResource::made);
    }

    static Reply made(ModelVersion version) {
        return Reply.created(
                        "/api/models/" + version.modelId() + "/versions/" + version.number(), ModelView.of(version))
                .etag(version.version());
    }

    private Future<Reply> listVersions(Request request) {
        var states = request.queryAll("state");
        return models.get(request.id())
                .compose(model -> models.versions(model, states, request.pageSize(), request.pageToken())
                        .compose(page -> models.countVersions(model, states)
                                .map(total -> Reply.page(
                                        LenientListing.of(page.items(), ModelVersion::id, ModelView::inList),
                                        page.nextCursor(),
                                        total))));
    }

    private Future<ModelVersion> version(Request request) {
        return models.get(request.id()).compose(model -> models.version(model, request.path("number")));
    }

    private static Future<Reply> shown(Future<Model> found) {
        return found.map(model -> Reply.ok(ModelView.of(model)).etag(model.version()));
    }

    /** @param progress null: none, and the record says all there is */
    private static Reply shown(ModelVersion version, TransferProgress progress) {
        Reply reply = Reply.ok(ModelView.of(version, progress)).etag(version.version());
        return progress == null ? reply : reply.alwaysWhole();
    }

    private static String actor(Request request) {
        return request.principal().name();
    }
}
