package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.Batches;
import io.aiwm.controller.batch.Owner;
import io.aiwm.controller.store.Query;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** Requests to {@code /v1/files}. */
final class BatchFileCalls {
    private static final int MOST_LISTED = 10_000;
    private static final int USUALLY_LISTED = 1_000;

    private final BatchFiles files;
    private final Batches batches;
    private final BatchAudit audit;

    BatchFileCalls(BatchFiles files, Batches batches, BatchAudit audit) {
        this.files = files;
        this.batches = batches;
        this.audit = audit;
    }

    Future<Void> upload(HttpServerRequest request, Owner owner) {
        return audit.told(
                        new BatchAudit.Change("uploadFile", request, owner),
                        null,
                        () -> new BatchUpload(request, files, owner).begin().map(BatchViews::of))
                .compose(file -> BatchAnswers.send(request, file));
    }

    Future<Void> list(HttpServerRequest request, Owner owner) {
        // with one more, which says whether there are more, it is one query
        int limit = Math.min(Query.MAX_LIMIT - 1, BatchAnswers.limit(request, USUALLY_LISTED, MOST_LISTED));
        String order = request.getParam("order");
        if (order != null && !order.equals("asc") && !order.equals("desc")) {
            throw GatewayError.invalid("order", "order must be asc or desc").refused();
        }
        var wanted = new BatchFiles.Wanted(
                request.getParam("purpose"), limit, request.getParam("after"), !"asc".equals(order));
        return files.list(owner, wanted)
                .compose(found -> BatchAnswers.send(
                        request,
                        BatchViews.page(found.stream().map(BatchViews::of).toList(), limit)));
    }

    Future<Void> get(HttpServerRequest request, Owner owner, String id) {
        return files.get(id, owner).compose(file -> BatchAnswers.send(request, BatchViews.of(file)));
    }

    Future<Void> delete(HttpServerRequest request, Owner owner, String id) {
        return audit.told(
                        new BatchAudit.Change("deleteFile", request, owner),
                        () -> files.get(id, owner).map(BatchViews::of),
                        () -> deleted(owner, id))
                .compose(gone -> BatchAnswers.send(request, gone));
    }

    private Future<JsonObject> deleted(Owner owner, String id) {
        return files.get(id, owner)
                .compose(file -> batches.isInUse(id)
                        .compose(used -> used
                                ? Future.failedFuture(Failure.conflict("a batch that has not ended reads this file"))
                                : files.delete(file)))
                .map(gone ->
                        new JsonObject().put("id", id).put("object", "file").put("deleted", true));
    }

    Future<Void> content(HttpServerRequest request, Owner owner, String id) {
        return files.get(id, owner)
                .compose(file -> files.content(file).compose(content -> {
                    request.resume();
                    var response = request.response();
                    response.headers().set(HttpHeaders.CONTENT_TYPE, "application/octet-stream");
                    response.headers().set(HttpHeaders.CONTENT_LENGTH, Long.toString(file.bytes()));
                    response.headers().set(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
                    return content.pipeTo(response).onFailure(broken -> {
                        content.close();
                        request.connection().close();
                    });
                }));
    }
}
