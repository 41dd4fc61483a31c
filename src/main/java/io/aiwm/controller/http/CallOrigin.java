package io.aiwm.controller.http;

import io.aiwm.boot.Config;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** Says where requests of mounts that have no contract come from, as {@link Request} does for those that have. */
public final class CallOrigin {
    private final TrustedProxies proxies;

    public CallOrigin(Config.Http config) {
        this.proxies = new TrustedProxies(config.trustedProxies());
    }

    /** Returns {@code address} and {@code requestId}, which the answer has as a header from now on. */
    public JsonObject of(HttpServerRequest request) {
        String id = Headers.requestId(request);
        request.response().headers().set(Headers.REQUEST_ID, id);
        return new JsonObject().put("address", proxies.clientOf(request)).put("requestId", id);
    }
}
