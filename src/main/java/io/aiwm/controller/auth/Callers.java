package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * Returns the caller of the API for a signed token or API key. Whatever ended a token (sign-out, change of role or password, disabling,
 * deletion) takes effect within {@link RefreshingCache#LIMIT}, on whichever controller it was done. A request costs no read of the store.
 * Without the store every caller is refused after that time.
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

    /** Fails with UNAUTHENTICATED and the reason, with FORBIDDEN for a key that is for inference alone. */
    public Future<Principal> verify(String token) {
        return identify(token).map(who -> {
            if (who.key() != null && who.key().scope() == KeyScope.INFERENCE) {
                throw new Failure(
                        Failure.Kind.FORBIDDEN, "the scope of this API key is inference: it opens only /v1 and /proxy");
            }
            return who.principal();
        });
    }

    /** Returns whose credential it is, whatever its scope. Fails with UNAUTHENTICATED and the reason. */
    public Future<IdentifiedCaller> identify(String token) {
        if (token.startsWith(ApiKeys.PREFIX)) {
            return keys.identify(token);
        }
        Principal claimed;
        try {
            claimed = tokens.verifyUser(token);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        return stillSignedIn(claimed).map(user -> new IdentifiedCaller(claimed, null, user.team()));
    }

    /**
     * Checks again whether a caller is accepted, for open connections. Fails with UNAUTHENTICATED and the reason.
     */
    public Future<Principal> recheck(Principal principal) {
        if (principal.isApiKey()) {
            return keys.recheck(principal);
        }
        return tokens.hasExpired(principal)
                ? Future.failedFuture(JwtTokens.expired())
                : stillSignedIn(principal).map(principal);
    }

    /** Returns when the user was made: a later one of the same name is another. Fails with UNAUTHENTICATED and the reason. */
    public Future<Instant> since(String user) {
        return users.active(user, 0).map(User::createdAt);
    }

    /**
     * Returns the caller of work that goes on without a request. Fails with UNAUTHENTICATED and the reason.
     *
     * @param since as {@link #since} told it
     * @param keyId null: a signed token began the work
     */
    public Future<IdentifiedCaller> again(String user, Instant since, String keyId) {
        if (keyId != null) {
            return keys.again(keyId);
        }
        return users.active(user, 0).map(found -> {
            if (!found.createdAt().equals(since)) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "the user was deleted");
            }
            return new IdentifiedCaller(new Principal(user, found.role(), "", null), null, found.team());
        });
    }

    private Future<User> stillSignedIn(Principal principal) {
        return users.active(principal.name(), principal.userVersion()).map(user -> {
            if (user.tokenVersion() != principal.userVersion()) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "the token was ended; sign in again");
            }
            return user;
        });
    }
}
