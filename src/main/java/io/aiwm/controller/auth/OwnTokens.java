package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;

/**
 * Credentials with which this process calls its own API for a user whose request has ended. Each is made right before a call, is good for
 * a minute, and is neither stored nor handed out.
 */
public final class OwnTokens {
    private static final Duration LIFETIME = Duration.ofMinutes(1);

    private final JwtTokens tokens;
    private final Users users;
    private final ApiKeys keys;

    public OwnTokens(JwtTokens tokens, Users users, ApiKeys keys) {
        this.tokens = tokens;
        this.users = users;
        this.keys = keys;
    }

    /** A credential. @param principal whom it stands for */
    public record Held(Principal principal, String token) {
        @Override
        public String toString() {
            return "Held[" + principal.name() + "]";
        }
    }

    /**
     * Returns a token with the present rights of the user, or those of the API key where these are fewer. Fails with UNAUTHENTICATED and
     * the reason, with FORBIDDEN for a key that is for inference alone.
     *
     * @param keyId of the API key that the work was asked for with; null: none
     * @param asked when the user asked for the work: who came later has only the name in common
     */
    public Future<Held> of(String user, String keyId, Instant asked) {
        return users.active(user, 0).compose(found -> {
            if (found.createdAt().isAfter(asked)) {
                throw new Failure(Failure.Kind.UNAUTHENTICATED, "the user was deleted");
            }
            return keyId == null
                    ? Future.succeededFuture(held(found, found.role()))
                    : keys.again(keyId).map(who -> {
                        boolean others = !who.principal().name().equals(user);
                        if (others || who.key().scope() == KeyScope.INFERENCE) {
                            throw new Failure(
                                    Failure.Kind.FORBIDDEN, "the API key of this message does not open the API");
                        }
                        return held(found, who.principal().role());
                    });
        });
    }

    private Held held(User user, Role role) {
        IssuedToken issued = tokens.issueUser(user, role, LIFETIME);
        return new Held(
                new Principal(user.id(), role, issued.tokenId(), issued.expiresAt(), user.tokenVersion()),
                issued.token());
    }
}
