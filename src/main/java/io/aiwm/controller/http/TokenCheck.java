package io.aiwm.controller.http;

import io.aiwm.controller.auth.Principal;
import io.vertx.core.Future;

/** Says who a bearer token belongs to; fails with UNAUTHENTICATED when it is expired, revoked or not ours. */
@FunctionalInterface
public interface TokenCheck {
    Future<Principal> verify(String token);
}
