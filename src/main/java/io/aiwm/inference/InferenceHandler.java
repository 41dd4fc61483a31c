package io.aiwm.inference;

import io.aiwm.common.HostHeader;
import io.aiwm.common.Ids;
import io.aiwm.inference.call.Call;
import io.aiwm.inference.call.CallLoop;
import io.aiwm.inference.call.Credential;
import io.aiwm.inference.call.ModelListing;
import io.aiwm.inference.call.ProxyCall;
import io.aiwm.inference.call.Refusal;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Takes the requests of one event loop: finds out what is asked for and by whom. */
final class InferenceHandler implements Handler<HttpServerRequest> {
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern BATCHES = Pattern.compile("/v1/(files|batches)(/.*)?");
    private static final String MODELS = "/v1/models";

    private final CallLoop loop;

    InferenceHandler(CallLoop loop) {
        this.loop = loop;
    }

    @Override
    public void handle(HttpServerRequest request) {
        long now = System.nanoTime();
        String path = request.path();
        InferenceOperation operation = path == null ? null : InferenceOperation.of(path);
        GatewayError unclear = unclear(request, path);
        if (unclear != null) {
            refuse(request, operation, unclear);
            return;
        }
        if (operation != null && request.method() == HttpMethod.POST) {
            if (operation.isTranslated() && loop.shared().dialects().of(operation) == null) {
                refuse(request, null, GatewayError.of(404, "unknown_url", "this gateway does not serve " + path));
                return;
            }
            identify(
                    request,
                    operation,
                    caller -> new Call(loop, request, operation, caller, new Call.Trace(requestId(request), now))
                            .begin());
        } else if (operation != null) {
            notAllowed(request, operation, HttpMethod.POST);
        } else if (path.equals(MODELS) || path.startsWith(MODELS + "/")) {
            if (request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD) {
                identify(request, null, caller -> ModelListing.answer(loop, request, caller));
            } else {
                notAllowed(request, null, HttpMethod.GET);
            }
        } else if (ProxyCall.takes(path)) {
            String credential = Credential.of(request);
            identify(
                    request,
                    null,
                    caller -> new ProxyCall(
                                    loop,
                                    request,
                                    caller,
                                    () -> loop.shared().callers().verify(credential),
                                    new Call.Trace(requestId(request), now))
                            .begin());
        } else if (BATCHES.matcher(path).matches()) {
            refuse(
                    request,
                    null,
                    GatewayError.of(
                            501, "not_served_here", "files and batches are served by controllers, not by a proxy"));
        } else {
            refuse(request, null, GatewayError.of(404, "unknown_url", "nothing is served at this path"));
        }
    }

    /** What another reader of the request may read in another way; null: nothing. */
    private static GatewayError unclear(HttpServerRequest request, String path) {
        if (path == null || !request.uri().startsWith("/") || !endsClearly(request)) {
            return GatewayError.invalid(null, "the target must be a path, the body chunked or of a length");
        }
        return HostHeader.isClear(request)
                ? null
                : GatewayError.invalid(null, "the request must name its host in one header, Host");
    }

    /** Whoever stands before or behind must see the end of the body in the same place. */
    private static boolean endsClearly(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        return codings.isEmpty()
                || (codings.size() == 1
                        && codings.get(0).strip().equalsIgnoreCase("chunked")
                        && !request.headers().contains(HttpHeaders.CONTENT_LENGTH));
    }

    private void notAllowed(HttpServerRequest request, InferenceOperation operation, HttpMethod allowed) {
        request.response().headers().set(HttpHeaders.ALLOW, allowed.name());
        refuse(request, operation, GatewayError.of(405, "method_not_allowed", "only " + allowed + " is served here"));
    }

    private void refuse(HttpServerRequest request, InferenceOperation operation, GatewayError error) {
        Refusal.answer(request, loop.shared().dialects(), operation, error);
    }

    private static String requestId(HttpServerRequest request) {
        String given = request.getHeader("X-Request-Id");
        return given != null && REQUEST_ID.matcher(given).matches() ? given : Ids.next("req");
    }

    private void identify(HttpServerRequest request, InferenceOperation operation, Consumer<Caller> then) {
        String credential = Credential.of(request);
        if (credential == null) {
            refuse(request, operation, GatewayError.of(401, "invalid_api_key", "an API key is needed"));
            return;
        }
        request.pause();
        CallLoop.here(loop.shared().callers().verify(credential), found -> {
            if (found.failed()) {
                refuse(request, operation, Refusal.of(found.cause()));
            } else {
                then.accept(found.result());
            }
        });
    }
}
