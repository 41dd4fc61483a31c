package io.aiwm.inference.call;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** By what a request says who calls. */
public final class Credential {
    private Credential() {}

    /** Null: none. Of two, the one of OpenAI's header counts. */
    public static String of(HttpServerRequest request) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            String token = authorization.substring(7).strip();
            return token.isEmpty() ? null : token;
        }
        String key = request.getHeader("x-api-key");
        return key == null || key.isBlank() ? null : key.strip();
    }
}
