package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Json;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.DownloadRequest;
import io.aiwm.controller.model.ModelContent;
import io.aiwm.controller.model.ModelDownloads;
import io.aiwm.controller.model.ModelVersion;
import io.aiwm.controller.model.Models;
import io.aiwm.controller.objects.ObjectStore;
import io.vertx.core.Future;
import java.time.Duration;

/** Where files of models come from and can be had, over REST: downloads from a hub, URLs for readers. */
public final class ModelFileResource implements Resource {
    private static final long USUAL_SECONDS = 3_600;

    private final Models models;
    private final ModelContent content;
    private final ModelDownloads downloads;
    private final IdempotencyKeys keys;

    public ModelFileResource(Models models, ModelContent content, ModelDownloads downloads, IdempotencyKeys keys) {
        this.models = models;
        this.content = content;
        this.downloads = downloads;
        this.keys = keys;
    }

    @Override
    public String fragment() {
        return "model-files";
    }

    @Override
    public void mount(Api api) {
        api.on("downloadModel", this::download);
        api.on("getModelDownloadUrl", this::url);
    }

    private Future<Reply> download(Request request) {
        var wanted = request.body(DownloadRequest.class);
        return keys.once(
                        request,
                        "downloadModel",
                        ModelDownloads.newId(),
                        downloads::begun,
                        id -> downloads.begin(id, wanted, request.principal().name()))
                .map(begun -> Reply.accepted(ModelView.of(begun.version())
                                .put("executionId", begun.execution().id()))
                        .header(
                                "Location",
                                "/api/executions/" + begun.execution().id()));
    }

    private Future<Reply> url(Request request) {
        String number = request.query("version") == null ? "latest" : request.query("version");
        Duration expires = Duration.ofSeconds(request.number("expiresIn", USUAL_SECONDS));
        return models.get(request.id())
                .compose(model -> models.version(model, number))
                .compose(version -> {
                    ModelVersion.File file = file(version, request.query("file"));
                    String name = file.path().substring(file.path().lastIndexOf('/') + 1);
                    return content.url(file, new ObjectStore.UrlRequest(expires, name, null, null))
                            .map(signed -> Reply.ok(Json.toObject(signed)
                                    .put("version", version.number())
                                    .put("file", file.path())
                                    .put("sizeBytes", file.sizeBytes())
                                    .put("sha256", file.sha256())));
                });
    }

    private static ModelVersion.File file(ModelVersion version, String path) {
        if (path == null && version.files().size() == 1) {
            return version.files().get(0);
        }
        if (path == null) {
            throw Failure.unprocessable(
                    "query:file",
                    "must be given: the version has " + version.files().size() + " files");
        }
        ModelVersion.File file = version.file(path);
        if (file == null) {
            throw new Failure(Failure.Kind.NOT_FOUND, "version " + version.number() + " has no file " + path);
        }
        return file;
    }
}
