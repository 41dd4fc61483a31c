package io.aiwm.controller.api;

import io.aiwm.controller.batch.Batch;
import io.aiwm.controller.batch.BatchFile;
import io.aiwm.controller.batch.BatchState;
import io.aiwm.controller.batch.LineError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/** Files and batches as OpenAI's clients read them. */
final class BatchViews {
    private BatchViews() {}

    static JsonObject of(BatchFile file) {
        return new JsonObject()
                .put("id", file.id())
                .put("object", "file")
                .put("bytes", file.bytes())
                .put("created_at", file.createdAt().getEpochSecond())
                .put("expires_at", file.expiresAtMs() / 1_000)
                .put("filename", file.name())
                .put("purpose", file.purpose())
                .put("status", "processed");
    }

    static JsonObject of(Batch batch) {
        var counts = new JsonObject()
                .put("total", batch.total())
                .put("completed", batch.completed())
                .put("failed", batch.failed());
        return new JsonObject()
                .put("id", batch.id())
                .put("object", "batch")
                .put("endpoint", batch.endpoint())
                .put("errors", batch.errors().isEmpty() ? null : errors(batch.errors()))
                .put("input_file_id", batch.inputFileId())
                .put("completion_window", "24h")
                .put("status", batch.state().word())
                .put("output_file_id", batch.outputFileId())
                .put("error_file_id", batch.errorFileId())
                .put("created_at", batch.createdAt().getEpochSecond())
                .put("in_progress_at", at(batch, BatchState.IN_PROGRESS))
                .put("expires_at", batch.expiresAt().getEpochSecond())
                .put("finalizing_at", at(batch, BatchState.FINALIZING))
                .put("completed_at", at(batch, BatchState.COMPLETED))
                .put("failed_at", at(batch, BatchState.FAILED))
                .put("expired_at", at(batch, BatchState.EXPIRED))
                .put("cancelling_at", at(batch, BatchState.CANCELLING))
                .put("cancelled_at", at(batch, BatchState.CANCELLED))
                .put("request_counts", counts)
                .put("metadata", batch.metadata().isEmpty() ? null : metadata(batch));
    }

    private static JsonObject metadata(Batch batch) {
        var metadata = new JsonObject();
        batch.metadata().forEach(metadata::put);
        return metadata;
    }

    private static Long at(Batch batch, BatchState state) {
        Instant since = batch.since().get(state);
        return since == null ? null : since.getEpochSecond();
    }

    private static JsonObject errors(List<LineError> errors) {
        var data = new JsonArray();
        errors.forEach(error -> data.add(new JsonObject()
                .put("code", error.code())
                .put("message", error.message())
                .put("param", error.param())
                .put("line", error.line())));
        return new JsonObject().put("object", "list").put("data", data);
    }

    /** A page. @param found one more than the limit where there are more */
    static JsonObject page(List<JsonObject> found, int limit) {
        List<JsonObject> data = found.subList(0, Math.min(limit, found.size()));
        return new JsonObject()
                .put("object", "list")
                .put("data", new JsonArray(data))
                .put("first_id", data.isEmpty() ? null : data.get(0).getString("id"))
                .put(
                        "last_id",
                        data.isEmpty() ? null : data.get(data.size() - 1).getString("id"))
                .put("has_more", found.size() > limit);
    }
}
