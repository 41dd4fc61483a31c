package io.aiwm.controller.api;

import io.aiwm.controller.http.CrossOrigin;
import io.aiwm.controller.http.ErrorForm;
import io.aiwm.controller.http.Mount;
import io.aiwm.inference.Gateway;
import io.aiwm.inference.call.Refusal;
import io.aiwm.inference.dialect.Dialects;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** Where a controller serves its gateway. Errors are in OpenAI's form also where a request does not reach it. */
public final class InferenceMounts {
    private static final String METHODS = "DELETE, GET, POST";
    private static final String ANY_METHOD = "DELETE, GET, HEAD, PATCH, POST, PUT";

    private InferenceMounts() {}

    /** @param origins of browser pages that may call */
    public static List<Mount> of(Gateway gateway, Dialects dialects, List<String> origins) {
        ErrorForm form = (request, cause) -> Refusal.answer(request, dialects, null, Refusal.of(cause));
        return List.of(
                mount("/v1/", METHODS, gateway, form, origins), mount("/proxy/", ANY_METHOD, gateway, form, origins));
    }

    private static Mount mount(String path, String methods, Gateway gateway, ErrorForm form, List<String> origins) {
        return new Mount(
                path, false, form, loop -> new CrossOrigin(asItComes(gateway.handler(loop.vertx())), origins, methods));
    }

    /** What upstreams send is passed on byte for byte, also where the port compresses its own answers. */
    private static Handler<HttpServerRequest> asItComes(Handler<HttpServerRequest> gateway) {
        return request -> {
            request.response().headers().set(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
            gateway.handle(request);
        };
    }
}
