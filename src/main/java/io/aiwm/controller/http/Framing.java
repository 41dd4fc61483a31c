package io.aiwm.controller.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/** Where a request ends: any reader must see it in the same place, or what follows is taken for a request of its own. */
final class Framing {
    private Framing() {}

    /** Whether it says so by nothing but a length, or {@code chunked} alone; other codings the HTTP codec would pass over. */
    static boolean isClear(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        return codings.isEmpty()
                || (codings.size() == 1 && codings.get(0).strip().equalsIgnoreCase("chunked"));
    }
}
