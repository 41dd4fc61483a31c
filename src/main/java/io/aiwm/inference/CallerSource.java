package io.aiwm.inference;

import io.vertx.core.Future;

/** Finds the caller of a credential: an API key or a signed token. */
@FunctionalInterface
public interface CallerSource {
    /** Fails with a {@link io.aiwm.common.Failure} UNAUTHENTICATED or FORBIDDEN. Usually done at once. */
    Future<Caller> verify(String credential);
}
