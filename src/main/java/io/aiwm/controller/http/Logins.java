package io.aiwm.controller.http;

import io.vertx.core.Future;
import java.time.Duration;

/** Checks a name and a password; fails with UNAUTHENTICATED when they do not belong together. */
@FunctionalInterface
public interface Logins {
    Future<Login> login(String username, String password);

    /** @param expiresIn how long the token is good, from now */
    record Login(String accessToken, Duration expiresIn) {}
}
