package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * Makes the user admin, or applies the password of the configuration to it. The parameter {@code told} hears afterwards whether it was made.
 */
record AdminAccount(Records<User> users, PasswordThreads passwords, InstantSource clock, Consumer<Boolean> told) {

    /** @param found null: there is none yet */
    Future<Void> settle(User found, String password) {
        if (found == null) {
            return passwords
                    .hash(password, "/password")
                    .compose(hash -> users.insert(User.made(Users.ADMIN, Role.ADMIN, hash, hash, clock.instant())))
                    .onSuccess(made -> told.accept(true))
                    .<Void>mapEmpty()
                    .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                            ? Future.succeededFuture() // another controller that starts was faster
                            : Future.failedFuture(cause));
        }
        passwords.useAsDecoy(found.passwordHash());
        String applied = found.configuredHash() == null ? found.passwordHash() : found.configuredHash();
        return passwords.matches(password, applied).compose(same -> {
            if (same && found.configuredHash() != null) {
                return Future.succeededFuture();
            }
            return (same ? Future.succeededFuture(applied) : passwords.hash(password, "/password"))
                    .compose(hash -> users.update(
                            Users.ADMIN,
                            user -> user.with(
                                    new UserChange(Role.ADMIN, null, false),
                                    same ? null : hash,
                                    hash,
                                    clock.instant())))
                    .onSuccess(changed -> told.accept(false))
                    .mapEmpty();
        });
    }
}
