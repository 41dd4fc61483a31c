package io.aiwm.controller.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Everything that is read rather than called: the page at {@code /}, the API's documentation at {@code /api-docs} with
 * Swagger UI, the protocol's schemas and what each kind of problem means.
 */
final class Pages {
    private static final String DOCS = "/api-docs";
    /** Files whose names end with a digest of what is in them: the build of the page says so. */
    private static final String NAMED_BY_CONTENT = "/assets/";

    private static final String SWAGGER = "/META-INF/resources/webjars/swagger-ui/5.34.1";
    /** Only our own files; nothing inline, nothing from elsewhere. WebSockets of the same host and port are of {@code 'self'}, too. */
    private static final String STRICT = "default-src 'self'; connect-src 'self'; img-src 'self' data:;"
            + " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    /** Swagger UI sets style attributes on its elements; scripts stay ours. */
    private static final String FOR_SWAGGER = STRICT + "; style-src 'self' 'unsafe-inline'";

    private static final Map<String, String> OUR_OWN = Map.of(
            "", "index.html",
            "start.js", "start.js");

    private final Assets assets = new Assets();
    private final Contract contract;
    /** Written when first asked for. */
    private final Map<String, Assets.Asset> written = new ConcurrentHashMap<>();

    Pages(Contract contract) {
        this.contract = contract;
    }

    /** Answers if the path is one of these; says whether it was. */
    boolean serve(HttpServerRequest request) {
        String path = request.path();
        boolean docs = path.equals(DOCS) || path.startsWith(DOCS + "/");
        Assets.Asset asset = docs ? documentation(path.substring(DOCS.length())) : page(path);
        if (asset == null) {
            return false;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("Allow", "GET, HEAD");
            Exchange.expectNoBody(request);
            Problem.answer(
                    request, Headers.requestId(request), ProblemType.METHOD_NOT_ALLOWED, "this path can only be read");
            return true;
        }
        if (path.equals(DOCS)) {
            request.response()
                    .setStatusCode(308)
                    .putHeader("Location", DOCS + "/")
                    .end();
            return true;
        }
        Assets.send(request, asset, docs ? FOR_SWAGGER : STRICT, path.startsWith(NAMED_BY_CONTENT));
        return true;
    }

    private Assets.Asset page(String path) {
        return assets.find("/web", path.equals("/") ? "index.html" : path.substring(1));
    }

    private Assets.Asset documentation(String path) {
        String name = path.isEmpty() ? "" : path.substring(1);
        if (OUR_OWN.containsKey(name)) {
            return assets.find("/api-docs", OUR_OWN.get(name));
        }
        if (name.equals("openapi.json")) {
            return written.computeIfAbsent(name, key -> Assets.Asset.of(key, Buffer.buffer(contract.json())));
        }
        if (name.equals("openapi.yaml")) {
            return written.computeIfAbsent(name, key -> Assets.Asset.of(key, Buffer.buffer(contract.yaml())));
        }
        if (name.startsWith("protocol/")) {
            return assets.find("/protocol", name.substring("protocol/".length()));
        }
        if (name.startsWith("problems/")) {
            return problem(name.substring("problems/".length()));
        }
        return assets.find(SWAGGER, name);
    }

    private static Assets.Asset problem(String slug) {
        for (ProblemType type : ProblemType.values()) {
            if (type.slug().equals(slug)) {
                return Assets.Asset.of(
                        slug + ".txt",
                        Buffer.buffer(String.format(
                                Locale.ROOT, "%s (%d)%n%n%s%n", type.title, type.status, type.explanation)));
            }
        }
        return null;
    }
}
