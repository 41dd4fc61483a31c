package io.aiwm.controller.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Lets browser pages of the named origins call a handler that has headers of its own, which the API's contract does not know. Other
 * pages are told nothing, so that their browsers refuse.
 */
public final class CrossOrigin implements Handler<HttpServerRequest> {
    private static final Pattern HEADER_NAMES = Pattern.compile("[A-Za-z0-9-]+(?: *, *[A-Za-z0-9-]+){0,63}");

    private final Handler<HttpServerRequest> inner;
    private final Cors cors;
    private final String methods;

    /** @param methods that pages may use, with commas between */
    public CrossOrigin(Handler<HttpServerRequest> inner, List<String> origins, String methods) {
        this.inner = inner;
        this.cors = new Cors(origins);
        this.methods = methods;
    }

    @Override
    public void handle(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        boolean named = cors.allow(request);
        if (named) {
            response.putHeader("Access-Control-Expose-Headers", "*");
        }
        if (!Cors.isPreflight(request)) {
            inner.handle(request);
            return;
        }
        String asked = request.getHeader("Access-Control-Request-Headers");
        if (named) {
            cors.preflight(request, methods);
            if (asked != null && HEADER_NAMES.matcher(asked).matches()) {
                response.putHeader("Access-Control-Allow-Headers", asked);
            }
        }
        Exchange.expectNoBody(request);
        response.setStatusCode(204).end();
    }
}
