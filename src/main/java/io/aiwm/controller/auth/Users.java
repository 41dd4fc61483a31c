package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Query;
import io.aiwm.controller.store.Records;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only writer of users. A change of role or password, disabling and deletion end the user's tokens: here at once, at other controllers
 * within {@link RefreshingCache#LIMIT}.
 */
public final class Users {
    private static final Logger LOG = LoggerFactory.getLogger(Users.class);

    public static final String ADMIN = "admin";
    public static final DocumentStore.Collection COLLECTION =
            new DocumentStore.Collection("users", List.of(DocumentStore.Field.text("role"))).telling();

    private static final String REFUSAL = "user name or password is wrong";

    private final Records<User> users;
    private final LastAdmin lastAdmin;
    private final PasswordThreads passwords;
    private final InstantSource clock;
    private final LoginLimiter limiter;
    private final RefreshingCache<User> recent;
    private final List<Function<String, Future<Void>>> deletions = new CopyOnWriteArrayList<>();
    private volatile Future<Void> admin = Future.succeededFuture();
    private Consumer<Boolean> adminSet = made -> {};

    public Users(Vertx vertx, DocumentStore store, InstantSource clock) {
        this(vertx, store, clock, Passwords.ITERATIONS);
    }

    /** @param iterations of the hashes of passwords that are set from now on */
    public Users(Vertx vertx, DocumentStore store, InstantSource clock, int iterations) {
        this.users = new Records<>(
                store,
                COLLECTION.name(),
                User.class,
                Records.Shape.of(User::id, User::version, User::withVersion),
                user -> false,
                false);
        this.lastAdmin = new LastAdmin(users, clock);
        this.passwords = new PasswordThreads(vertx, iterations);
        this.clock = clock;
        this.limiter = new LoginLimiter(System::nanoTime);
        this.recent = new RefreshingCache<>(this::find, clock);
        users.onWritten((before, after) -> recent.forget(after.id()));
    }

    /**
     * Registers a listener, which is called with the name of a disabled user that is about to be deleted and removes what belongs to it.
     */
    public void onDelete(Function<String, Future<Void>> listener) {
        deletions.add(listener);
    }

    /** Calls back after the password of the configuration has been applied, with whether admin was made. Set once, before that. */
    public void onAdminSet(Consumer<Boolean> listener) {
        adminSet = listener;
    }

    /** Returns whether there is a user of that name. */
    public Future<Boolean> exists(String name) {
        return find(name).map(found -> found != null);
    }

    /**
     * Makes the user admin, or applies a password that the configuration did not have before: then it is an active
     * administrator with that password again. What was changed over the API since stays. Called at every start, which it
     * does not hold up: hashing goes on in the background, and a login of admin waits for it. Fails with INVALID when the
     * password is too short.
     */
    public Future<Void> ensureAdmin(String password) {
        Failure refusal = PasswordThreads.refusal(password, "/password");
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        admin = find(ADMIN)
                .compose(found -> new AdminAccount(users, passwords, clock, adminSet).settle(found, password))
                .onFailure(cause -> LOG.error("the user admin could not be set up; it cannot sign in", cause));
        return Future.succeededFuture();
    }

    /**
     * Checks a password.
     *
     * @param address of the caller, for the limit on failures
     * @return the user; fails with UNAUTHENTICATED with the same message for a wrong user and a wrong password, with LIMITED after ten failures
     * within a minute, or thirty from one address
     */
    public Future<User> login(String username, String password, String address) {
        if (username == null
                || password == null
                || username.length() > 100
                || password.length() > PasswordThreads.MAX_CHARS) {
            return refused(REFUSAL);
        }
        String place = Origin.of(address);
        Duration wait = limiter.untilAllowed(username, place);
        if (!wait.isZero()) {
            return Future.failedFuture(Failure.limited(
                    "too many failed logins; try again in " + wait.toSeconds() + " s", wait.toSeconds()));
        }
        boolean known = limiter.isKnown(username, place);
        limiter.count(username, place);
        return (ADMIN.equals(username) ? admin : Future.<Void>succeededFuture())
                .compose(settled -> find(username))
                .compose(user -> passwords
                        .matches(
                                password,
                                user == null ? null : user.passwordHash(),
                                known ? username + "\n" + place : place,
                                known)
                        .compose(same -> {
                            if (!same) {
                                return refused(REFUSAL);
                            }
                            limiter.succeeded(username, place);
                            // only a caller who knows the password learns this
                            return user.disabled() ? refused("this user is disabled") : Future.succeededFuture(user);
                        }))
                .onFailure(cause -> {
                    if (Failure.of(cause).kind != Failure.Kind.UNAUTHENTICATED) {
                        limiter.takeBack(
                                username, place); // the store or a thread was unavailable; the password was not wrong
                    }
                });
    }

    /** Fails with CONFLICT when the name is taken, with INVALID when name or password cannot be. */
    public Future<User> create(String name, String password, Role role) {
        if (name == null || !name.matches("[A-Za-z0-9][-._@A-Za-z0-9]{0,99}")) {
            return Future.failedFuture(
                    Failure.invalid("/username", "must be 1 to 100 letters, digits, '-', '.', '_', '@'"));
        }
        return passwords
                .hash(password, "/password")
                .compose(hash -> users.insert(User.made(name, role, hash, null, clock.instant())));
    }

    /** Fails with NOT_FOUND. */
    public Future<User> get(String name) {
        return users.get(name);
    }

    /** Returns users by name. Fails with INVALID when the token is not of an earlier page. @param part of the name; null: any */
    public Future<Records.Page<User>> list(String part, int pageSize, String pageToken) {
        return users.find(Query.where(UserNames.with(part))
                .orderBy("id", false)
                .limit(pageSize)
                .after(pageToken));
    }

    public Future<Long> count(String part) {
        return users.count(UserNames.with(part));
    }

    /**
     * Fails with NOT_FOUND, with PRECONDITION when the user has another version (null: any), with CONFLICT when no active administrator would
     * remain, with INVALID when the password is not accepted.
     */
    public Future<User> change(String name, UserChange wanted, Long version) {
        return users.get(name).compose(seen -> {
            check(seen, version);
            boolean endsAdmin = wanted.endsAdmin(seen);
            return (endsAdmin ? lastAdmin.another(name) : Future.<Void>succeededFuture())
                    .compose(allowed -> wanted.password() == null
                            ? Future.<String>succeededFuture()
                            : passwords.hash(wanted.password(), "/password"))
                    .compose(hash -> users.update(name, user -> {
                        check(user, version);
                        return user.with(wanted, hash, user.configuredHash(), clock.instant());
                    }))
                    .compose(after ->
                            endsAdmin ? lastAdmin.unlessItWasTheLast(seen, after) : Future.succeededFuture(after));
        });
    }

    /**
     * Changes the caller's own password. Fails with UNPROCESSABLE when the current one is wrong, with LIMITED after ten such failures, with
     * INVALID when the new one is not accepted.
     */
    public Future<Void> changePassword(String name, String current, String wanted, String address) {
        Failure refusal = PasswordThreads.refusal(wanted, "/new");
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        return login(name, current, address)
                .recover(cause -> Future.failedFuture(
                        Failure.of(cause).kind == Failure.Kind.UNAUTHENTICATED
                                ? Failure.unprocessable("/current", "is not your password")
                                : cause))
                .compose(user -> change(name, new UserChange(null, wanted, null), null))
                .mapEmpty();
    }

    /** Ends every token of the user; its API keys stay. Fails with NOT_FOUND. */
    public Future<Void> endSessions(String name) {
        return users.update(name, user -> user.signedOut(clock.instant())).mapEmpty();
    }

    /** Fails with NOT_FOUND, PRECONDITION and CONFLICT as {@link #change}; admin stays, because the next start makes it. */
    public Future<Void> delete(String name, Long version) {
        if (ADMIN.equals(name)) {
            return Future.failedFuture(Failure.conflict("the user admin cannot be deleted; it can be disabled"));
        }
        // disabled first: if this is interrupted, the user can do nothing, and a second deletion completes it
        return change(name, new UserChange(null, null, true), version)
                .compose(disabled -> Future.all(
                        deletions.stream().map(one -> one.apply(name)).toList()))
                .compose(done -> users.delete(name))
                .andThen(done -> recent.forget(name))
                .mapEmpty();
    }

    public Future<Void> close() {
        return passwords.close();
    }

    /**
     * Returns the user as the store had it at most {@link RefreshingCache#LIMIT} ago. Fails with UNAUTHENTICATED when deleted or disabled.
     *
     * @param tokenVersion of the user's token; a version newer than the cached one was made at another controller and is not refused
     */
    Future<User> active(String name, long tokenVersion) {
        return recent.get(name)
                .compose(seen -> seen != null && seen.tokenVersion() < tokenVersion
                        ? recent.load(name)
                        : Future.succeededFuture(seen))
                .map(user -> {
                    if (user == null || user.disabled()) {
                        throw new Failure(
                                Failure.Kind.UNAUTHENTICATED,
                                user == null ? "the user does not exist any more" : "the user is disabled");
                    }
                    return user;
                });
    }

    private static void check(User user, Long version) {
        if (version != null && version != user.version()) {
            throw new Failure(
                    Failure.Kind.PRECONDITION,
                    "the user is at version " + user.version() + ", not at " + version + "; read it again");
        }
    }

    private Future<User> find(String name) {
        return users.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private static <T> Future<T> refused(String why) {
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, why));
    }
}
