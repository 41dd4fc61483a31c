package io.aiwm.controller.auth;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Objects;

/**
 * A user who may sign in, as stored in collection {@code users}. Written by {@link Users} only.
 *
 * @param id the login name
 * @param disabled the user may do nothing until enabled again
 * @param passwordHash see {@link Passwords}; never leaves this package
 * @param configuredHash hash of the configured password when it was last applied; null except for {@code admin}
 * @param team null: none
 * @param tokenVersion a token with another version has ended
 */
@RecordBuilder
public record User(
        String id,
        long version,
        Role role,
        boolean disabled,
        String passwordHash,
        String configuredHash,
        long tokenVersion,
        Instant createdAt,
        Instant updatedAt,
        String team) {

    static User made(String name, Role role, String passwordHash, String configuredHash, Instant now) {
        // not 1: a token of a deleted user must not fit one who is made again under the name
        return UserBuilder.builder()
                .id(name)
                .version(1)
                .role(role)
                .passwordHash(passwordHash)
                .configuredHash(configuredHash)
                .tokenVersion(now.toEpochMilli())
                .createdAt(now)
                .updatedAt(now)
                .build();
    }

    boolean isActiveAdmin() {
        return role == Role.ADMIN && !disabled;
    }

    /**
     * Returns this user with the change applied, and the same instance when nothing changes. Tokens end when the user changes.
     *
     * @param newHash of the new password; null: the password stays
     */
    User with(UserChange change, String newHash, String nextConfiguredHash, Instant now) {
        Role nextRole = change.role() == null ? role : change.role();
        boolean nextDisabled = change.disabled() == null ? disabled : change.disabled();
        String nextHash = newHash == null ? passwordHash : newHash;
        String nextTeam = change.team() == null ? team : change.team().isEmpty() ? null : change.team();
        boolean tokensEnd = nextRole != role || nextDisabled != disabled || !nextHash.equals(passwordHash);
        if (!tokensEnd && Objects.equals(nextTeam, team) && Objects.equals(nextConfiguredHash, configuredHash)) {
            return this;
        }
        return UserBuilder.builder(this)
                .role(nextRole)
                .disabled(nextDisabled)
                .passwordHash(nextHash)
                .configuredHash(nextConfiguredHash)
                .team(nextTeam)
                .tokenVersion(tokensEnd ? nextTokenVersion(now) : tokenVersion)
                .updatedAt(now)
                .build();
    }

    User signedOut(Instant now) {
        return UserBuilder.builder(this)
                .tokenVersion(nextTokenVersion(now))
                .updatedAt(now)
                .build();
    }

    User withVersion(long next) {
        return UserBuilder.builder(this).version(next).build();
    }

    private long nextTokenVersion(Instant now) {
        return Math.max(tokenVersion + 1, now.toEpochMilli());
    }

    @Override
    public String toString() {
        return "User[" + id + "]";
    }
}
