package io.aiwm.inference.call;

import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.aiwm.inference.route.Routes;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** {@code /v1/models}: the names that a caller may call. */
public final class Listing {
    private static final String ONE = "/v1/models/";

    private Listing() {}

    public static void answer(Loop loop, HttpServerRequest request, Caller caller) {
        Routes routes = loop.shared.routing().get().routes();
        if (!request.path().startsWith(ONE)) {
            var data = new JsonArray();
            routes.names().stream().filter(name -> Models.allows(caller, name)).forEach(name -> data.add(model(name)));
            send(request, new JsonObject().put("object", "list").put("data", data));
            return;
        }
        String name;
        try {
            name = URLDecoder.decode(
                    request.path().substring(ONE.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException brokenEscape) {
            name = "";
        }
        if (routes.knows(name) && Models.allows(caller, name)) {
            send(request, model(name));
        } else {
            Refusal.answer(
                    request,
                    loop.shared.dialects(),
                    null,
                    new GatewayError(404, "model_not_found", "the model does not exist", "model", 0));
        }
    }

    private static JsonObject model(String name) {
        return new JsonObject()
                .put("id", name)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "aiwm");
    }

    private static void send(HttpServerRequest request, JsonObject body) {
        request.resume();
        request.response().headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
        request.response().end(body.toBuffer());
    }
}
