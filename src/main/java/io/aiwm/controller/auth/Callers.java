package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;

/**
 * Says who calls the API, by signed token or API key. What has ended a token (sign-out, another role or password, disabling,
 * deleting) counts here within {@link Recent#LIMIT}, whichever controller it was told; a request costs no read of the store.
 * Without the store nobody is let in once that time has passed.
 */
public final class Callers {
    private final JwtTokens tokens;
    private final Users users;
    private final ApiKeys keys;

    public Callers(JwtTokens tokens, Users users, ApiKeys keys) {
        this.tokens = tokens;
        this.users = users;
        this.keys = keys;
    }

    /** Fails with UNAUTHENTICATED saying why. */
    public Future<Principal> verify(String token) {
        if (token.startsWith(ApiKeys.PREFIX)) {
            return keys.verify(token);
        }
        Principal claimed;
        try {
            claimed = tokens.verifyUser(token);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        return stillSignedIn(claimed);
    }

    /** Whether one who was let in would still be: for what stays open. Fails with UNAUTHENTICATED saying why not. */
    public Future<Principal> recheck(Principal principal) {
        if (principal.isApiKey()) {
            return keys.recheck(principal);
        }
        return tokens.hasExpired(principal) ? Future.failedFuture(JwtTokens.expired()) : stillSignedIn(principal);
    }

    private Future<Principal> stillSignedIn(Principal principal) {
        return users.active(principal.name(), principal.userVersion()).map(user -> {
            if (user.tokenVersion() != principal.userVersion()) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "the token was ended; sign in again");
            }
            return principal;
        });
    }
}
