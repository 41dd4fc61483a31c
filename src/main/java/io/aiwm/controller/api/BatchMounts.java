package io.aiwm.controller.api;

import io.aiwm.boot.Config;
import io.aiwm.controller.batch.BatchFiles;
import io.aiwm.controller.batch.Batches;
import io.aiwm.controller.batch.Owner;
import io.aiwm.controller.http.AuditTrail;
import io.aiwm.controller.http.CallOrigin;
import io.aiwm.controller.http.CrossOrigin;
import io.aiwm.controller.http.ErrorForm;
import io.aiwm.controller.http.IdempotencyKeys;
import io.aiwm.controller.http.Mount;
import io.aiwm.controller.inference.limit.InferenceCallers;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.call.Credential;
import io.aiwm.inference.call.Refusal;
import io.aiwm.inference.dialect.Dialects;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.stream.Stream;

/** {@code /v1/files} and {@code /v1/batches} of a controller. Errors are in OpenAI's form, as those of the gateway are. */
public final class BatchMounts {
    private static final String FILES = "/v1/files";
    private static final String BATCHES = "/v1/batches";

    private final BatchFileCalls files;
    private final BatchCalls batches;
    private final InferenceCallers callers;
    private final Dialects dialects;
    private final List<String> origins;

    /** What the calls are about. */
    public record Services(BatchFiles files, Batches batches, IdempotencyKeys keys) {}

    /** @param trail is told what callers change */
    public BatchMounts(
            Services services, InferenceCallers callers, Dialects dialects, AuditTrail trail, Config.Http config) {
        var audit = new BatchAudit(trail, new CallOrigin(config));
        this.files = new BatchFileCalls(services.files(), services.batches(), audit);
        this.batches = new BatchCalls(services.files(), services.batches(), services.keys(), audit);
        this.callers = callers;
        this.dialects = dialects;
        this.origins = config.corsOrigins();
    }

    public List<Mount> all() {
        ErrorForm form = (request, cause) -> Refusal.answer(request, dialects, null, Refusal.of(cause));
        return Stream.of(FILES, FILES + "/", BATCHES, BATCHES + "/")
                .map(path -> new Mount(
                        path, false, form, loop -> new CrossOrigin(this::handle, origins, "DELETE, GET, POST")))
                .toList();
    }

    private void handle(HttpServerRequest request) {
        request.pause();
        request.response().exceptionHandler(broken -> {
            // whoever went away is told nothing
        });
        owner(request)
                .compose(owner -> answered(request, owner))
                .onFailure(cause -> Refusal.answer(request, dialects, null, Refusal.of(cause)));
    }

    private Future<Owner> owner(HttpServerRequest request) {
        String credential = Credential.of(request);
        if (credential == null) {
            return Future.failedFuture(GatewayError.of(401, "invalid_api_key", "an API key is needed")
                    .refused());
        }
        return callers.verify(credential)
                .compose(caller ->
                        callers.since(caller.user()).map(since -> new Owner(caller.user(), since, caller.keyId())));
    }

    private Future<Void> answered(HttpServerRequest request, Owner owner) {
        String path = request.path();
        boolean isFile = path.startsWith(FILES);
        String rest = path.substring((isFile ? FILES : BATCHES).length());
        String[] parts = rest.isEmpty() ? new String[0] : rest.substring(1).split("/", -1);
        if (parts.length == 0) {
            return collection(request, owner, isFile);
        }
        String id = parts[0];
        if (parts.length == 1) {
            HttpMethod method = request.method();
            if (method == HttpMethod.GET) {
                return isFile ? files.get(request, owner, id) : batches.get(request, owner, id);
            }
            return isFile && method == HttpMethod.DELETE
                    ? files.delete(request, owner, id)
                    : notAllowed(request, isFile ? "DELETE, GET" : "GET");
        }
        boolean isContent = isFile && parts.length == 2 && parts[1].equals("content");
        boolean isCancel = !isFile && parts.length == 2 && parts[1].equals("cancel");
        if (isContent) {
            return request.method() == HttpMethod.GET ? files.content(request, owner, id) : notAllowed(request, "GET");
        }
        if (isCancel) {
            return request.method() == HttpMethod.POST
                    ? batches.cancel(request, owner, id)
                    : notAllowed(request, "POST");
        }
        return Future.failedFuture(GatewayError.of(404, "unknown_url", "nothing is served at this path")
                .refused());
    }

    private Future<Void> collection(HttpServerRequest request, Owner owner, boolean isFile) {
        if (request.method() == HttpMethod.GET) {
            return isFile ? files.list(request, owner) : batches.list(request, owner);
        }
        if (request.method() == HttpMethod.POST) {
            return isFile ? files.upload(request, owner) : batches.create(request, owner);
        }
        return notAllowed(request, "GET, POST");
    }

    private static Future<Void> notAllowed(HttpServerRequest request, String allowed) {
        request.response().headers().set(HttpHeaders.ALLOW, allowed);
        return Future.failedFuture(GatewayError.of(405, "method_not_allowed", "only " + allowed + " is served here")
                .refused());
    }
}
