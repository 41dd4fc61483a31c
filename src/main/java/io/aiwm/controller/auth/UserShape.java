package io.aiwm.controller.auth;

import io.aiwm.controller.store.Records;

/** How a user shows its identity to the store. */
final class UserShape implements Records.Shape<User> {
    @Override
    public String id(User user) {
        return user.id();
    }

    @Override
    public long version(User user) {
        return user.version();
    }

    @Override
    public User withVersion(User user, long version) {
        return new User(
                user.id(),
                version,
                user.role(),
                user.disabled(),
                user.passwordHash(),
                user.configuredHash(),
                user.tokenVersion(),
                user.createdAt(),
                user.updatedAt());
    }
}
