package io.aiwm.controller.auth;

import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** Users whose password hashes take a millisecond, for tests of what else there is about users. */
public final class QuickUsers {
    private static final int ITERATIONS = 500;

    private QuickUsers() {}

    public static Users of(Vertx vertx, DocumentStore store, InstantSource clock) {
        return new Users(vertx, store, clock, ITERATIONS);
    }
}
