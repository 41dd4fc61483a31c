package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.common.JsonText;
import io.aiwm.controller.secret.SecretValues;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A handler of an operation that changes something, with an entry in the audit trail before it and one after it. What changed is the
 * difference between what reading the record gives before and after; views show no secrets, and what sounds like one is masked once
 * more. Bodies of requests are not written, because they carry secrets: only the names of their fields.
 */
final class Audited {
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    /** They change nothing, or are told as the operations that they call. */
    private static final Set<String> NOT = Set.of(
            "login", "createTicket", "planJob", "planSchedule", "planDeployment", "callMcp", "estimateModelMemory");
    /**
     * Work that is asked for by the thousand: its record says who asked for it, in the write that makes it, and has all of it. So
     * there is one entry, after it.
     */
    private static final Set<String> WORK = Set.of("createExecution", "createJob", "executeJob");

    private final AuditTrail trail;
    private final Operation operation;
    private final Function<Request, Future<Reply>> handler;
    private final Reader reader;
    private final boolean work;

    /**
     * Reads the record that an operation changes, or makes.
     *
     * @param parameter the path parameter that names a record that was made; null: the operation's own path names it
     */
    record Reader(Function<Request, Future<Reply>> handler, String parameter) {}

    /** @param reader null: there is nothing to read */
    private Audited(AuditTrail trail, Operation operation, Function<Request, Future<Reply>> handler, Reader reader) {
        this.trail = trail;
        this.operation = operation;
        this.handler = handler;
        this.reader = reader;
        this.work = WORK.contains(operation.id());
    }

    /** The same handler where it changes nothing; pieces of an upload are not told either. */
    static Function<Request, Future<Reply>> handler(
            AuditTrail trail, Operation operation, Function<Request, Future<Reply>> handler, Reader reader) {
        boolean told = trail != AuditTrail.NONE
                && !READING.contains(operation.method())
                && !NOT.contains(operation.id())
                && !(operation.uploads() && operation.method().equals(HttpMethod.PATCH));
        return told ? new Audited(trail, operation, handler, reader)::handle : handler;
    }

    private Future<Reply> handle(Request request) {
        if (work) {
            JsonText entry = entry(request);
            return Future.succeededFuture(request).compose(handler).onComplete(done -> trail.worked(how(entry, done)));
        }
        JsonObject asked = asked(request);
        Future<JsonObject> before =
                reader == null || reader.parameter() != null ? Future.succeededFuture(new JsonObject()) : read(request);
        Future<JsonObject> ready = before.compose(seen -> trail.asked(asked).map(seen));
        if (ready.isComplete()) {
            return changed(request, asked, ready);
        }
        // handlers belong to the request's context
        Context context = Vertx.currentContext();
        Promise<Reply> reply = Promise.promise();
        ready.onComplete(done ->
                context.runOnContext(go -> changed(request, asked, ready).onComplete(reply)));
        return reply.future();
    }

    private Future<Reply> changed(Request request, JsonObject asked, Future<JsonObject> before) {
        return before.compose(seen ->
                Future.succeededFuture(request).compose(handler).onComplete(done -> ended(request, asked, seen, done)));
    }

    /** What {@link #asked} has, as text: it is made for every piece of work. */
    private JsonText entry(Request request) {
        boolean isApiKey = request.principal() != null && request.principal().isApiKey();
        return new JsonText()
                .put("actor", actor(request))
                .put("operation", operation.id())
                .put("path", ConsoleActions.path(operation, request))
                .put("address", request.remoteAddress())
                .put("requestId", request.requestId())
                .put("apiKey", isApiKey ? request.principal().tokenId() : null);
    }

    private static JsonText how(JsonText entry, AsyncResult<Reply> done) {
        return entry.put("status", status(done))
                .put("resource", done.succeeded() ? done.result().location() : null);
    }

    private static int status(AsyncResult<Reply> done) {
        return done.succeeded() ? done.result().status : Failure.of(done.cause()).kind.code;
    }

    private static String actor(Request request) {
        return request.principal() == null ? "nobody" : request.principal().name();
    }

    private JsonObject asked(Request request) {
        var asked = new JsonObject()
                .put("actor", actor(request))
                .put("operation", operation.id())
                .put("path", ConsoleActions.path(operation, request))
                .put("address", request.remoteAddress())
                .put("requestId", request.requestId());
        if (request.principal() != null && request.principal().isApiKey()) {
            asked.put("apiKey", request.principal().tokenId());
        }
        if (operation.body() != null && !operation.raw()) {
            asked.put(
                    "fields",
                    new JsonArray(request.json().fieldNames().stream().limit(50).toList()));
        }
        return asked;
    }

    private void ended(Request request, JsonObject asked, JsonObject before, AsyncResult<Reply> done) {
        var ended = how(
                new JsonObject()
                        .put("actor", asked.getString("actor"))
                        .put("operation", operation.id())
                        .put("path", asked.getString("path"))
                        .put("requestId", request.requestId())
                        .put("address", asked.getString("address")),
                done);
        String made = ended.getString("resource");
        if (reader == null || done.failed() || done.result().status >= 300) {
            trail.ended(ended);
            return;
        }
        Future<JsonObject> after = operation.method().equals(HttpMethod.DELETE)
                ? Future.succeededFuture(new JsonObject())
                : reader.parameter() == null
                        ? read(request)
                        : made == null
                                ? Future.succeededFuture(new JsonObject())
                                : read(request.at(
                                        Map.of(reader.parameter(), made.substring(made.lastIndexOf('/') + 1))));
        after.onSuccess(now -> {
            JsonArray changes = Difference.of(before, now);
            trail.ended(changes.isEmpty() ? ended : ended.put("changes", changes));
        });
    }

    /** Adds how it ended. */
    private static JsonObject how(JsonObject entry, AsyncResult<Reply> done) {
        entry.put("status", status(done));
        String made = done.succeeded() ? done.result().location() : null;
        return made == null ? entry : entry.put("resource", made);
    }

    /** What cannot be read has no difference. */
    private Future<JsonObject> read(Request request) {
        return Future.succeededFuture(request)
                .compose(reader.handler())
                .map(reply ->
                        reply.json == null ? new JsonObject() : SecretValues.maskedData(new JsonObject(reply.json)))
                .otherwise(nothing -> new JsonObject());
    }
}
