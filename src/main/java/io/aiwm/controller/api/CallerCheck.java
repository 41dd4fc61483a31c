package io.aiwm.controller.api;

import io.aiwm.controller.auth.Callers;
import io.aiwm.controller.auth.Principal;
import io.aiwm.controller.http.TokenCheck;
import io.vertx.core.Future;

/** Checks bearer tokens with {@link Callers}: signed tokens of users, and API keys. */
public record CallerCheck(Callers callers) implements TokenCheck {
    @Override
    public Future<Principal> verify(String token) {
        return callers.verify(token);
    }

    @Override
    public Future<Principal> recheck(Principal principal) {
        return callers.recheck(principal);
    }
}
