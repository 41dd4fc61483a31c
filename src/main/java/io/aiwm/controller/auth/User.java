package io.aiwm.controller.auth;

import java.time.Instant;

/**
 * Someone who may sign in, as stored in collection {@code users}. Written by {@link Users} only.
 *
 * @param id the name one signs in with
 * @param passwordHash see {@link Passwords}; never leaves this package
 */
public record User(String id, long version, Role role, String passwordHash, Instant createdAt, Instant updatedAt) {
    @Override
    public String toString() {
        return "User[" + id + "]";
    }
}
