package io.aiwm.controller.api;

import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.TokenCheck;
import io.aiwm.inference.Caller;
import io.aiwm.inference.CallerSource;
import io.aiwm.inference.limit.KeyLimits;
import io.vertx.core.Future;

/** Those who may call the API may call models: with a signed token of a user or an API key. */
public record InferenceCallers(TokenCheck tokens) implements CallerSource {
    @Override
    public Future<Caller> verify(String credential) {
        return tokens.verify(credential).map(InferenceCallers::caller);
    }

    private static Caller caller(Principal principal) {
        return new Caller(
                principal.isApiKey() ? principal.tokenId() : null,
                principal.name(),
                null,
                KeyLimits.NONE,
                KeyLimits.NONE);
    }
}
