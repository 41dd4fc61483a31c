package io.aiwm.controller.api;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * Checks a name and a password and gives out a token. Fails with UNAUTHENTICATED when they do not belong together, with
 * LIMITED when that place was wrong too often.
 */
@FunctionalInterface
public interface Logins {

    /** @param address where the caller is */
    Future<Login> login(String username, String password, String address);

    /** @param expiresIn how long the token is good, from now */
    record Login(String accessToken, Duration expiresIn) {}
}
