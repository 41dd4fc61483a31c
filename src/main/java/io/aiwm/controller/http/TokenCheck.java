package io.aiwm.controller.http;

import io.aiwm.common.Failure;
import io.aiwm.controller.auth.Principal;
import io.vertx.core.Future;
import java.util.function.Function;

/**
 * Returns whom a bearer token belongs to. Fails with UNAUTHENTICATED if it is expired, revoked or not ours. Called for every
 * request, so implementations cache their results.
 */
@FunctionalInterface
public interface TokenCheck {
    Future<Principal> verify(String token);

    /**
     * Whether a caller who was let in still would be, and with which role. Asked every other second for each socket and
     * request that stays open.
     */
    default Future<Principal> recheck(Principal principal) {
        return Future.succeededFuture(principal);
    }

    /** From a check that needs no waiting and throws its refusals. */
    static TokenCheck of(Function<String, Principal> check) {
        return token -> {
            try {
                return Future.succeededFuture(check.apply(token));
            } catch (Failure refused) {
                return Future.failedFuture(refused);
            }
        };
    }
}
