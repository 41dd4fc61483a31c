package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers good tokens for a moment, so that a busy client costs one signature check a second and not one a request. A
 * token's expiry is looked at every time; its revocation is seen after at most {@link #FRESH}.
 */
final class CachedTokens implements TokenCheck {
    static final Duration FRESH = Duration.ofSeconds(2);
    private static final int MOST = 10_000;

    private final TokenCheck check;
    private final InstantSource clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(Future<Principal> principal, Instant expiresAt, long freshUntilMillis) {}

    CachedTokens(TokenCheck check, InstantSource clock) {
        this.check = check;
        this.clock = clock;
    }

    @Override
    public Future<Principal> verify(String token) {
        long now = clock.millis();
        Known hit = known.get(token);
        if (hit != null && now < hit.freshUntilMillis) {
            if (hit.expiresAt != null && now >= hit.expiresAt.toEpochMilli()) {
                return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, "the token has expired"));
            }
            return hit.principal;
        }
        return check.verify(token).onSuccess(principal -> remember(token, principal, now));
    }

    private void remember(String token, Principal principal, long now) {
        if (known.size() >= MOST) {
            known.clear();
        }
        known.put(token, new Known(Future.succeededFuture(principal), principal.expiresAt(), now + FRESH.toMillis()));
    }
}
