package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;

/** Refuses changes that would leave no active administrator. */
final class LastAdmin {
    private final Records<User> users;
    private final InstantSource clock;

    LastAdmin(Records<User> users, InstantSource clock) {
        this.users = users;
        this.clock = clock;
    }

    /** Fails with CONFLICT when there is no active administrator but this one. */
    Future<Void> another(String name) {
        return users.find(Query.where(Query.Condition.eq("role", Role.ADMIN.name()))
                        .limit(Query.MAX_LIMIT))
                .compose(page -> page.items().stream()
                                .anyMatch(user ->
                                        user.isActiveAdmin() && !user.id().equals(name))
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                Failure.conflict(name + " is the last active administrator; make another one first")));
    }

    /**
     * Handles two administrators that disabled each other at the same time: checks again after the write, and reverts it.
     */
    Future<User> unlessItWasTheLast(User before, User after) {
        return another(after.id())
                .recover(cause -> Failure.of(cause).kind != Failure.Kind.CONFLICT
                        ? Future.failedFuture(cause)
                        : users.update(
                                        after.id(),
                                        user -> user.with(
                                                new UserChange(before.role(), null, before.disabled()),
                                                before.passwordHash(),
                                                user.configuredHash(),
                                                clock.instant()))
                                .compose(back -> Future.failedFuture(cause)))
                .map(after);
    }
}
