package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.Model;
import io.aiwm.controller.model.ModelContent;
import io.aiwm.controller.model.ModelPath;
import io.aiwm.controller.model.ModelTask;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.Models;
import io.vertx.core.Future;

/** The files of models over REST: one request a file, and the word that a version has all of them. */
public final class ModelUploadResource implements Resource {
    private final Models models;
    private final ModelContent content;

    public ModelUploadResource(Models models, ModelContent content) {
        this.models = models;
        this.content = content;
    }

    @Override
    public String fragment() {
        return "model-uploads";
    }

    @Override
    public void mount(Api api) {
        api.on("uploadModelFile", this::upload);
        api.on("commitModelVersion", this::commit);
    }

    private Future<Reply> upload(Request request) {
        var sent = new ModelContent.Sent(
                request.query("path"),
                request.query("sha256"),
                length(request),
                request.principal().name());
        String mistake = ModelPath.mistake(sent.path());
        if (mistake != null) {
            throw Failure.unprocessable("query:path", mistake);
        }
        boolean complete = !"false".equals(request.query("complete"));
        String number = request.query("version");
        return model(request)
                .compose(model -> number == null
                        ? models.addVersion(model, null, sent.by())
                                .compose(made -> content.put(made, sent, request.content())
                                        .recover(cause -> dropped(made, cause)))
                        : models.version(model, number).compose(there -> content.put(there, sent, request.content())))
                .compose(version -> complete ? content.commit(version) : Future.succeededFuture(version))
                .map(ModelResource::made);
    }

    /** A version that this request alone has made goes with the file that was refused. */
    private Future<ModelVersion> dropped(ModelVersion made, Throwable cause) {
        return models.dropVersion(made).transform(gone -> Future.failedFuture(cause));
    }

    private Future<Model> model(Request request) {
        String id = request.query("model");
        String name = request.query("name");
        if ((id == null) == (name == null)) {
            throw Failure.invalid("query:model", "say either model, an id or a name that there is, or name");
        }
        String task = request.query("task");
        // a model that is made now has no version to go on with
        return id != null || request.query("version") != null
                ? models.get(id == null ? name : id)
                : models.named(
                        name,
                        task == null ? null : ModelTask.ofWire(task),
                        request.principal().name());
    }

    private static long length(Request request) {
        String length = request.header("Content-Length"); // the HTTP codec refuses unreadable ones
        return length == null ? -1 : length.length() > 18 ? Long.MAX_VALUE : Long.parseLong(length);
    }

    private Future<Reply> commit(Request request) {
        return models.get(request.id())
                .compose(model -> models.version(model, request.path("number")))
                .compose(content::commit)
                .map(version -> Reply.ok(ModelView.of(version)).etag(version.version()));
    }
}
