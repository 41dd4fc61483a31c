package io.aiwm.controller.model.hub;

import io.vertx.core.Future;

/** What a server is told to show who asks. Read at the time of each request, because it may change meanwhile. */
@FunctionalInterface
public interface HubCredential {
    HubCredential NONE = () -> Future.succeededFuture(null);

    /** Returns the value of the header Authorization; null: none. Fails with a {@link DownloadFailure}. */
    Future<String> authorization();

    /** Returns the credential of a token that does not change. @param token null: none */
    static HubCredential bearer(String token) {
        return token == null ? NONE : () -> Future.succeededFuture("Bearer " + token);
    }
}
