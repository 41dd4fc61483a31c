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
import java.util.List;

/** {@code /v1/models}: the names that a caller may call, in Anthropic's form for its clients, which say their version. */
public final class ModelListing {
    private static final String ONE = "/v1/models/";
    private static final CharSequence ANTHROPIC_VERSION = HttpHeaders.createOptimized("anthropic-version");

    private ModelListing() {}

    public static void answer(CallLoop loop, HttpServerRequest request, Caller caller) {
        Routes routes = loop.shared.routing().get().routes();
        if (!request.path().startsWith(ONE)) {
            List<String> names = routes.names().stream()
                    .filter(name -> AllowedModels.allows(caller, name))
                    .toList();
            send(request, isAnthropic(request) ? anthropic(names) : openAi(names));
            return;
        }
        String name;
        try {
            name = URLDecoder.decode(
                    request.path().substring(ONE.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException brokenEscape) {
            name = "";
        }
        if (routes.knows(name) && AllowedModels.allows(caller, name)) {
            send(request, isAnthropic(request) ? anthropicModel(name) : model(name));
        } else {
            Refusal.answer(
                    request,
                    loop.shared.dialects(),
                    null,
                    new GatewayError(404, "model_not_found", "the model does not exist", "model", 0));
        }
    }

    /** Whether the caller is a client of Anthropic's API, whatever the path. */
    static boolean isAnthropic(HttpServerRequest request) {
        return request.headers().contains(ANTHROPIC_VERSION);
    }

    private static JsonObject openAi(List<String> names) {
        return new JsonObject()
                .put("object", "list")
                .put(
                        "data",
                        new JsonArray(names.stream().map(ModelListing::model).toList()));
    }

    private static JsonObject anthropic(List<String> names) {
        return new JsonObject()
                .put(
                        "data",
                        new JsonArray(
                                names.stream().map(ModelListing::anthropicModel).toList()))
                .put("has_more", false)
                .put("first_id", names.isEmpty() ? null : names.get(0))
                .put("last_id", names.isEmpty() ? null : names.get(names.size() - 1));
    }

    private static JsonObject anthropicModel(String name) {
        return new JsonObject()
                .put("type", "model")
                .put("id", name)
                .put("display_name", name)
                .put("created_at", "1970-01-01T00:00:00Z"); // as that API says where it is not known
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
