package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.TreeSet;

/**
 * Takes every request under the contract's paths: finds its operation, asks who calls, checks it against the contract
 * and lets its handler answer. One per event loop.
 */
final class ApiHandler implements Handler<HttpServerRequest> {
    /** Requests waiting for their answer on one event loop; more are told to come back. */
    private static final int MOST_IN_FLIGHT = 20_000;

    private static final String BEARER = "Bearer ";

    private final PathTree routes;
    private final TokenCheck tokens;
    private final Cors cors;
    private final InFlight inFlight;
    private final Context context;
    private final Exchange.Setting setting;

    ApiHandler(PathTree routes, TokenCheck tokens, Config.Http config, InFlight inFlight, Context context) {
        this.routes = routes;
        this.tokens = tokens;
        this.cors = new Cors(config.corsOrigins());
        this.inFlight = inFlight;
        this.context = context;
        this.setting = new Exchange.Setting(
                context, inFlight, new TrustedProxies(config.trustedProxies()), config.maxBodyBytes());
    }

    @Override
    public void handle(HttpServerRequest request) {
        String requestId = Headers.requestId(request);
        cors.allow(request);
        PathTree.Found found = routes.find(request.path());
        if (found == null) {
            refuse(request, requestId, ProblemType.NOT_FOUND, "there is nothing at this path");
            return;
        }
        PathTree.Leaf leaf = leaf(found.leaves(), request.method());
        if (leaf == null || Cors.isPreflight(request)) {
            wrongMethod(request, requestId, found);
            return;
        }
        if (inFlight.size() >= MOST_IN_FLIGHT) {
            fail(request, requestId, new Failure(Failure.Kind.UNAVAILABLE, "too many requests are waiting"));
            return;
        }
        var exchange = new Exchange(request, requestId, leaf, found.parameters(), setting);
        Future<Principal> caller = identify(request, leaf.operation());
        if (caller.isComplete()) {
            exchange.start(caller);
        } else {
            request.pause();
            // it may be known on any thread; the exchange belongs to this one
            caller.onComplete(known -> context.runOnContext(go -> {
                exchange.start(caller);
                // what flows before somebody reads it is lost: an upload is resumed by its reader
                if (!exchange.uploads()) {
                    request.resume();
                }
            }));
        }
    }

    /** Open operations take anyone, and still hear who it is when a good token comes along. */
    private Future<Principal> identify(HttpServerRequest request, Operation operation) {
        String header = request.getHeader("Authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return operation.role() == null
                    ? Future.succeededFuture()
                    : Future.failedFuture(new Failure(
                            Failure.Kind.UNAUTHENTICATED,
                            "send Authorization: Bearer with a token of /api/auth/login or an API key"));
        }
        // composed: a check that throws must not leave its caller without an answer
        Future<Principal> known = Future.succeededFuture(
                        header.substring(BEARER.length()).strip())
                .compose(tokens::verify);
        if (operation.role() == null) {
            return known.otherwise((Principal) null);
        }
        return known.compose(operation::permit);
    }

    private static PathTree.Leaf leaf(Map<HttpMethod, PathTree.Leaf> leaves, HttpMethod method) {
        return leaves.get(method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method);
    }

    private void wrongMethod(HttpServerRequest request, String requestId, PathTree.Found found) {
        var methods = new TreeSet<String>();
        found.leaves().keySet().forEach(method -> methods.add(method.name()));
        String allow = String.join(", ", methods);
        request.response().putHeader("Allow", allow);
        if (request.method().equals(HttpMethod.OPTIONS)) {
            cors.preflight(request, allow);
            Headers.secure(request.response(), requestId);
            request.response().setStatusCode(204).end();
        } else {
            refuse(request, requestId, ProblemType.METHOD_NOT_ALLOWED, "this path has " + allow);
        }
    }

    private void refuse(HttpServerRequest request, String requestId, ProblemType type, String detail) {
        Exchange.expectNoBody(request);
        Problem.answer(request, requestId, type, detail);
    }

    private void fail(HttpServerRequest request, String requestId, Failure failure) {
        Exchange.expectNoBody(request);
        Problem.answer(request, requestId, failure);
    }
}
