package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.http.Api;
import io.aiwm.controller.http.Reply;
import io.aiwm.controller.http.Request;
import io.aiwm.controller.http.Resource;
import io.aiwm.controller.model.ModelContent;
import io.aiwm.controller.model.ModelNames;
import io.aiwm.controller.model.ModelTask;
import io.aiwm.controller.model.ModelUploads;
import io.aiwm.controller.model.ModelUploads.Progress;
import io.aiwm.controller.model.Models;
import io.vertx.core.Future;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Uploads of models that are continued where they broke off, by the protocol tus 1.0 with creation, creation-with-upload,
 * termination, checksum and expiration.
 */
public final class TusResource implements Resource {
    private static final String VERSION = "1.0.0";
    private static final String PATH = "/api/models/uploads/";
    private static final String BYTES = "application/offset+octet-stream";

    private final ModelUploads uploads;
    private final Models models;
    private final TusChecksums checksums = new TusChecksums();
    private final long maxFileBytes;

    public TusResource(ModelUploads uploads, Models models, long maxFileBytes) {
        this.uploads = uploads;
        this.models = models;
        this.maxFileBytes = maxFileBytes;
    }

    @Override
    public String fragment() {
        return "model-tus";
    }

    @Override
    public void mount(Api api) {
        api.on("describeModelUploads", request -> Future.succeededFuture(described()));
        api.on("createModelUpload", request -> spoken(request, this::create));
        api.on("getModelUpload", request -> spoken(request, this::look));
        api.on("continueModelUpload", request -> spoken(request, this::append));
        api.on(
                "endModelUpload",
                request -> spoken(
                        request, asked -> uploads.end(asked.id(), by(asked)).map(gone -> Reply.noContent())));
    }

    private Reply described() {
        return Reply.noContent()
                .header("Tus-Resumable", VERSION)
                .header("Tus-Version", VERSION)
                .header("Tus-Extension", "creation,creation-with-upload,termination,checksum,expiration")
                .header("Tus-Checksum-Algorithm", TusChecksums.NAMES)
                .header("Tus-Max-Size", Long.toString(maxFileBytes));
    }

    private interface Handler {
        Future<Reply> answer(Request request);
    }

    /** Only who speaks this version of the protocol is answered in it. */
    private static Future<Reply> spoken(Request request, Handler handler) {
        if (!VERSION.equals(request.header("Tus-Resumable"))) {
            return Future.succeededFuture(
                    Reply.of(412, "{}").header("Tus-Version", VERSION).header("Tus-Resumable", VERSION));
        }
        return handler.answer(request).map(reply -> reply.header("Tus-Resumable", VERSION));
    }

    private Future<Reply> create(Request request) {
        TusMetadata said = TusMetadata.of(request.header("Upload-Metadata"));
        long total = number(request, "Upload-Length");
        var sent = new ModelContent.Sent(said.required("path", "filename"), said.get("sha256"), total, by(request));
        String model = said.get("model");
        String name = said.get("name");
        if ((model == null) == (name == null)) {
            throw Failure.invalid(TusMetadata.WHERE, "must have either model, an id or a name that there is, or name");
        }
        boolean hasBody = BYTES.equals(request.header("Content-Type"));
        if (hasBody) {
            request.content().pause();
        }
        // a model that is made now has no version to go on with
        boolean there = model != null || said.get("version") != null;
        return (there
                        ? models.get(model == null ? ModelNames.checked(name) : model)
                        : models.named(ModelNames.checked(name), task(said), by(request)))
                .compose(
                        found -> uploads.begin(found, said.get("version"), sent, !"false".equals(said.get("complete"))))
                .compose(begun -> hasBody || total == 0
                        ? put(request, begun.id(), 0).map(now -> created(now))
                        : Future.succeededFuture(created(begun)));
    }

    private static ModelTask task(TusMetadata said) {
        String task = said.get("task");
        try {
            return task == null ? null : ModelTask.ofWire(task);
        } catch (IllegalArgumentException unknown) {
            throw Failure.invalid(TusMetadata.WHERE, "task is none of text-generation, embedding, rerank, other");
        }
    }

    private static Reply created(Progress progress) {
        return shown(Reply.of(201, "{}").header("Location", PATH + progress.id()), progress);
    }

    private static Reply shown(Reply reply, Progress progress) {
        return reply.header("Upload-Offset", Long.toString(progress.offset()))
                .header("Upload-Length", Long.toString(progress.totalBytes()))
                .header(
                        "Upload-Expires",
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                progress.expiresAt().atOffset(ZoneOffset.UTC)))
                .header("Aiwm-Model-Version", "/api/models/" + progress.modelId() + "/versions/" + progress.number());
    }

    private Future<Reply> look(Request request) {
        return uploads.get(request.id(), by(request))
                .map(progress -> shown(Reply.of(200, "{}").header("Cache-Control", "no-store"), progress));
    }

    private Future<Reply> append(Request request) {
        if (!BYTES.equals(request.header("Content-Type"))) {
            throw new Failure(Failure.Kind.UNSUPPORTED_MEDIA_TYPE, "send Content-Type: " + BYTES);
        }
        return put(request, request.id(), number(request, "Upload-Offset"))
                .map(progress -> shown(Reply.noContent(), progress))
                .recover(cause -> cause instanceof TusChecksums.Mismatch
                        ? Future.succeededFuture(Reply.of(460, "{}"))
                        : Future.failedFuture(cause));
    }

    private Future<Progress> put(Request request, String id, long offset) {
        String checksum = request.header("Upload-Checksum");
        return checksum == null
                ? uploads.append(id, by(request), offset, request.content())
                : checksums
                        .checked(checksum, request.content())
                        .compose(bytes -> uploads.append(id, by(request), offset, bytes));
    }

    private static long number(Request request, String header) {
        String text = request.header(header);
        if (text == null || !text.matches("[0-9]{1,18}")) {
            throw Failure.invalid("header:" + header, "must be a number of bytes");
        }
        return Long.parseLong(text);
    }

    private static String by(Request request) {
        return request.principal().name();
    }
}
