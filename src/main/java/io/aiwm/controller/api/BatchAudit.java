package io.aiwm.controller.api;

import io.aiwm.controller.batch.Owner;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.CallOrigin;
import io.aiwm.controller.http.Difference;
import io.aiwm.controller.secret.SecretValues;
import io.aiwm.inference.call.Refusal;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/** Changes at {@code /v1/files} and {@code /v1/batches} in the audit trail, each before it is made and after. */
final class BatchAudit {
    private final AuditTrail trail;
    private final CallOrigin origin;

    BatchAudit(AuditTrail trail, CallOrigin origin) {
        this.trail = trail;
        this.origin = origin;
    }

    /** @param operation as the audit log calls it */
    record Change(String operation, HttpServerRequest request, Owner owner) {}

    /**
     * @param read what there is before; null: nothing, because it is made
     * @param work is called on the request's context once the entry before it is safe, and answers with what there is after
     */
    Future<JsonObject> told(Change change, Supplier<Future<JsonObject>> read, Supplier<Future<JsonObject>> work) {
        Context context = Vertx.currentContext();
        JsonObject asked = asked(change);
        Promise<JsonObject> answer = Promise.promise();
        Future<JsonObject> before = read == null
                ? Future.succeededFuture(new JsonObject())
                : read.get().otherwise(nothing -> new JsonObject());
        before.compose(seen -> trail.asked(asked.copy()).map(seen))
                .onFailure(answer::fail)
                .onSuccess(seen -> onContext(
                        context,
                        () -> Future.succeededFuture()
                                .compose(go -> work.get())
                                .onComplete(done -> trail.ended(ended(asked, change.request(), seen, done)))
                                .onComplete(answer)));
        return answer.future();
    }

    /** Callers write what they like into metadata. */
    private static JsonObject masked(JsonObject shown) {
        return SecretValues.maskedData(shown);
    }

    /** Requests belong to their context. */
    private static void onContext(Context context, Runnable work) {
        if (context == null || context == Vertx.currentContext()) {
            work.run();
        } else {
            context.runOnContext(go -> work.run());
        }
    }

    private JsonObject asked(Change change) {
        var entry = new JsonObject()
                .put("actor", change.owner().user())
                .put("operation", change.operation())
                .put("path", change.request().path())
                .mergeIn(origin.of(change.request()));
        return change.owner().keyId() == null
                ? entry
                : entry.put("apiKey", change.owner().keyId());
    }

    private static JsonObject ended(
            JsonObject entry, HttpServerRequest request, JsonObject before, AsyncResult<JsonObject> done) {
        if (done.failed()) {
            return entry.put("status", Refusal.of(done.cause()).status());
        }
        boolean deleted = request.method() == HttpMethod.DELETE;
        String id = done.result().getString("id");
        entry.put("status", 200);
        if (!deleted && !request.path().contains(id)) {
            entry.put("resource", request.path() + "/" + id);
        }
        JsonArray changes = Difference.of(masked(before), deleted ? new JsonObject() : masked(done.result()));
        return changes.isEmpty() ? entry : entry.put("changes", changes);
    }
}
