package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.controller.batch.Batch;
import io.aiwm.controller.batch.BatchFile;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.Batches;
import io.aiwm.controller.batch.Owner;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.InferenceOperation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Requests to {@code /v1/batches}. */
final class BatchCalls {
    private static final int MOST_BODY_BYTES = 64 * 1024;
    private static final int MOST_LISTED = 100;
    private static final int USUALLY_LISTED = 20;
    private static final int MOST_PAIRS = 16;
    private static final int MOST_KEY_CHARS = 64;
    private static final int MOST_VALUE_CHARS = 512;
    private static final List<String> ENDPOINTS = Stream.of(
                    InferenceOperation.CHAT,
                    InferenceOperation.COMPLETIONS,
                    InferenceOperation.EMBEDDINGS,
                    InferenceOperation.RESPONSES)
            .map(InferenceOperation::path)
            .toList();

    private final BatchFiles files;
    private final Batches batches;
    private final IdempotencyKeys keys;
    private final BatchAudit audit;

    BatchCalls(BatchFiles files, Batches batches, IdempotencyKeys keys, BatchAudit audit) {
        this.files = files;
        this.batches = batches;
        this.keys = keys;
        this.audit = audit;
    }

    Future<Void> create(HttpServerRequest request, Owner owner) {
        return audit.told(
                        new BatchAudit.Change("createBatch", request, owner),
                        null,
                        () -> BatchAnswers.body(request, MOST_BODY_BYTES)
                                .compose(bytes ->
                                        wanted(bytes, owner).compose(wanted -> once(request, owner, bytes, wanted)))
                                .map(BatchViews::of))
                .compose(batch -> BatchAnswers.send(request, batch));
    }

    private Future<Batch> once(HttpServerRequest request, Owner owner, Buffer body, Batches.Wanted wanted) {
        String id = Ids.next(Batches.ID_PREFIX);
        String key = request.getHeader("Idempotency-Key");
        if (key == null) {
            return batches.create(id, wanted);
        }
        var whose = new IdempotencyKeys.Owner(owner.user(), owner.keyId() + "\nPOST /v1/batches");
        return keys.once(
                whose, key, body, id, known -> batches.get(known, owner), made -> batches.create(made, wanted));
    }

    private Future<Batches.Wanted> wanted(Buffer bytes, Owner owner) {
        JsonObject body;
        try {
            body = bytes.toJsonObject();
        } catch (DecodeException | ClassCastException notJson) {
            throw GatewayError.invalid(null, "the body must be a JSON object").refused();
        }
        String endpoint = text(body, "endpoint");
        if (!ENDPOINTS.contains(endpoint)) {
            throw GatewayError.invalid("endpoint", "endpoint must be one of " + String.join(", ", ENDPOINTS))
                    .refused();
        }
        if (!"24h".equals(text(body, "completion_window"))) {
            throw GatewayError.invalid("completion_window", "completion_window must be 24h")
                    .refused();
        }
        Map<String, String> metadata = metadata(body.getValue("metadata"));
        Long kept = kept(body.getValue("output_expires_after"));
        return input(text(body, "input_file_id"), owner)
                .map(input -> new Batches.Wanted(owner, input, endpoint, metadata, kept));
    }

    private Future<BatchFile> input(String id, Owner owner) {
        return files.get(id, owner)
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? GatewayError.invalid("input_file_id", "the file does not exist")
                                        .refused()
                                : cause))
                .map(file -> {
                    if (!file.purpose().equals(BatchFile.INPUT)) {
                        throw GatewayError.invalid("input_file_id", "the purpose of the file must be batch")
                                .refused();
                    }
                    return file;
                });
    }

    private static String text(JsonObject body, String name) {
        if (body.getValue(name) instanceof String text && !text.isBlank()) {
            return text;
        }
        throw GatewayError.invalid(name, name + " must be a string").refused();
    }

    private static Map<String, String> metadata(Object given) {
        var metadata = new HashMap<String, String>();
        if (given == null) {
            return metadata;
        }
        boolean good = given instanceof JsonObject pairs
                && pairs.size() <= MOST_PAIRS
                && pairs.stream()
                        .allMatch(pair -> pair.getKey().length() <= MOST_KEY_CHARS
                                && pair.getValue() instanceof String value
                                && value.length() <= MOST_VALUE_CHARS);
        if (!good) {
            throw GatewayError.invalid(
                            "metadata",
                            "metadata may have " + MOST_PAIRS + " keys of " + MOST_KEY_CHARS
                                    + " characters with strings of " + MOST_VALUE_CHARS)
                    .refused();
        }
        ((JsonObject) given).forEach(pair -> metadata.put(pair.getKey(), (String) pair.getValue()));
        return metadata;
    }

    private static Long kept(Object given) {
        if (given == null) {
            return null;
        }
        if (!(given instanceof JsonObject after)) {
            throw GatewayError.invalid("output_expires_after", "output_expires_after must be an object")
                    .refused();
        }
        return BatchAnswers.keptSeconds("output_expires_after", after.getValue("anchor"), after.getValue("seconds"));
    }

    Future<Void> list(HttpServerRequest request, Owner owner) {
        int limit = BatchAnswers.limit(request, USUALLY_LISTED, MOST_LISTED);
        return batches.list(owner, limit, request.getParam("after"))
                .compose(found -> BatchAnswers.send(
                        request,
                        BatchViews.page(found.stream().map(BatchViews::of).toList(), limit)));
    }

    Future<Void> get(HttpServerRequest request, Owner owner, String id) {
        return batches.get(id, owner).compose(batch -> BatchAnswers.send(request, BatchViews.of(batch)));
    }

    Future<Void> cancel(HttpServerRequest request, Owner owner, String id) {
        return audit.told(
                        new BatchAudit.Change("cancelBatch", request, owner),
                        () -> batches.get(id, owner).map(BatchViews::of),
                        () -> batches.get(id, owner).compose(batches::cancel).map(BatchViews::of))
                .compose(batch -> BatchAnswers.send(request, batch));
    }
}
