package io.aiwm.controller.api;

import io.aiwm.controller.batch.BatchFile;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.Owner;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;

/** A form with a file, which goes to the store as it comes. The fields beside it may come before or behind it. */
final class BatchUpload {
    private static final int MOST_NAME_CHARS = 255;
    /** Of the fields and the boundaries of a form, beside its file. */
    private static final int MOST_REST_BYTES = 64 * 1024;

    private final HttpServerRequest request;
    private final BatchFiles files;
    private final Owner owner;
    private final Promise<Void> whole = Promise.promise();
    private final Promise<BatchFile> filled = Promise.promise();
    private boolean begun;

    BatchUpload(HttpServerRequest request, BatchFiles files, Owner owner) {
        this.request = request;
        this.files = files;
        this.owner = owner;
    }

    /** Fails with {@link GatewayError.Refused} 400 naming the field, with TOO_LARGE; nothing is kept then. */
    Future<BatchFile> begin() {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type == null || !type.regionMatches(true, 0, "multipart/form-data", 0, 19)) {
            throw GatewayError.of(415, "unsupported_media_type", "Content-Type must be multipart/form-data")
                    .refused();
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        long most = files.limits().maxFileBytes();
        if (length != null && (length.length() > 18 || Long.parseLong(length) > most + MOST_REST_BYTES)) {
            throw GatewayError.of(413, "request_too_large", "a file may have " + most + " bytes")
                    .refused();
        }
        long atMost = length == null ? most : Math.min(most, Long.parseLong(length));
        try {
            request.setExpectMultipart(true);
        } catch (IllegalStateException unreadable) {
            throw GatewayError.invalid(null, "Content-Type must name a boundary")
                    .refused();
        }
        request.exceptionHandler(this::broken);
        request.response().closeHandler(closed -> broken(new IllegalStateException("the caller went away")));
        request.uploadHandler(upload -> received(upload, atMost));
        request.endHandler(end -> {
            whole.tryComplete();
            if (!begun) {
                filled.tryFail(GatewayError.invalid("file", "file is missing").refused());
            }
        });
        request.resume();
        return Future.join(whole.future(), filled.future())
                .transform(done -> done.succeeded() ? named(filled.future().result()) : dropped(done.cause()));
    }

    private void broken(Throwable cause) {
        var refusal = GatewayError.invalid(null, "the form broke off, or cannot be read")
                .refused();
        whole.tryFail(refusal);
        if (!begun) {
            filled.tryFail(refusal);
        }
    }

    private Future<BatchFile> dropped(Throwable cause) {
        BatchFile stored = filled.future().result();
        return stored == null
                ? Future.failedFuture(cause)
                : files.delete(stored).transform(gone -> Future.failedFuture(cause));
    }

    private void received(HttpServerFileUpload upload, long atMost) {
        if (begun || !"file".equals(upload.name())) {
            whole.tryFail(GatewayError.invalid(upload.name(), "only one file is taken, as field file")
                    .refused());
            upload.handler(piece -> {});
            return;
        }
        begun = true;
        upload.pause();
        var sent = new BatchFiles.Sent(owner, name(upload.filename()), null);
        files.begin(sent, atMost)
                .compose(file -> files.fill(file, upload))
                .onFailure(cause -> whole.tryFail(cause))
                .onComplete(filled);
    }

    private static String name(String given) {
        String name = given == null || given.isBlank() ? "batch.jsonl" : given;
        String safe = name.replaceAll("\\p{Cntrl}", "_");
        return safe.length() > MOST_NAME_CHARS ? safe.substring(0, MOST_NAME_CHARS) : safe;
    }

    /** Checks the fields beside the file. */
    private Future<BatchFile> named(BatchFile stored) {
        return Future.succeededFuture(stored)
                .compose(file -> {
                    if (!BatchFile.INPUT.equals(request.getFormAttribute("purpose"))) {
                        throw GatewayError.invalid("purpose", "purpose must be batch")
                                .refused();
                    }
                    Long kept = BatchAnswers.keptSeconds(
                            "expires_after",
                            request.getFormAttribute("expires_after[anchor]"),
                            request.getFormAttribute("expires_after[seconds]"));
                    return kept == null ? Future.succeededFuture(file) : files.keep(file, kept);
                })
                .recover(this::dropped);
    }
}
