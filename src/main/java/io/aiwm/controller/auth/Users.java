package io.aiwm.controller.auth;

import io.aiwm.controller.store.DocumentStore;
import io.aiwm.controller.store.Records;
import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only writer of users. Passwords are checked on threads of their own, a few at a time. */
public final class Users {
    private static final Logger LOG = LoggerFactory.getLogger(Users.class);

    public static final String ADMIN = "admin";
    public static final DocumentStore.Collection COLLECTION = new DocumentStore.Collection("users", List.of());

    private static final int MIN_PASSWORD_CHARS = 8;
    private static final int MAX_PASSWORD_CHARS = 1_024;
    private static final int HASHING_THREADS = 2;
    /** Logins that may wait for a hashing thread; more are turned away rather than kept waiting for minutes. */
    private static final int MAX_WAITING = 100;

    private static final String REFUSAL = "user name or password is wrong";

    private final Records<User> users;
    private final WorkerExecutor hashing;
    private final InstantSource clock;
    private final LoginLimiter limiter;
    private final AtomicInteger waiting = new AtomicInteger();
    /** What the password of an unknown user is compared with, so that it takes as long as that of a known one. */
    private volatile String decoy;

    private volatile Future<Void> admin = Future.succeededFuture();

    public Users(Vertx vertx, DocumentStore store, InstantSource clock) {
        this.users = new Records<>(store, COLLECTION.name(), User.class, new Shape(), user -> false, false);
        this.hashing = vertx.createSharedWorkerExecutor("aiwm-passwords", HASHING_THREADS);
        this.clock = clock;
        this.limiter = new LoginLimiter(clock);
    }

    /**
     * Makes the user admin, or gives it this password and role if it has another. Called at every start, which it does not
     * hold up: hashing goes on in the background, and a login of admin waits for it. Fails with INVALID when the password
     * is too short.
     */
    public Future<Void> ensureAdmin(String password) {
        if (!isLongEnough(password)) {
            return tooShort();
        }
        admin = settleAdmin(password)
                .onFailure(cause -> LOG.error("the user admin could not be set up; it cannot sign in", cause));
        return Future.succeededFuture();
    }

    private Future<Void> settleAdmin(String password) {
        return find(ADMIN).compose(found -> {
            if (found == null) {
                return create(ADMIN, password, Role.ADMIN)
                        .<Void>mapEmpty()
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.CONFLICT
                                ? Future.succeededFuture() // another controller of this start was first
                                : Future.failedFuture(cause));
            }
            decoy = found.passwordHash();
            return hashing(() -> Passwords.matches(password, found.passwordHash()))
                    .compose(same -> same && found.role() == Role.ADMIN
                            ? Future.succeededFuture()
                            : change(ADMIN, password, Role.ADMIN).mapEmpty());
        });
    }

    /**
     * Checks a password.
     *
     * @param address where the caller is, for the limit on failures
     * @return who it is; fails with UNAUTHENTICATED in the same words whether the user or the password is wrong, with
     *     LIMITED after ten failures within a minute
     */
    public Future<User> login(String username, String password, String address) {
        if (username == null || password == null || username.length() > 100 || password.length() > MAX_PASSWORD_CHARS) {
            return refused();
        }
        String caller = username + "\n" + address;
        Duration wait = limiter.untilAllowed(caller);
        if (!wait.isZero()) {
            return Future.failedFuture(Failure.limited(
                    "too many failed logins; try again in " + wait.toSeconds() + " s", wait.toSeconds()));
        }
        limiter.count(caller);
        return (ADMIN.equals(username) ? admin : Future.<Void>succeededFuture())
                .compose(settled -> find(username))
                .compose(user -> hashing(
                                () -> Passwords.matches(password, user == null ? decoy() : user.passwordHash()))
                        .compose(same -> {
                            if (user == null || !same) {
                                return refused();
                            }
                            limiter.forget(caller);
                            return Future.succeededFuture(user);
                        }));
    }

    /** Fails with CONFLICT when the name is taken, with INVALID when name or password cannot be. */
    public Future<User> create(String name, String password, Role role) {
        if (name == null || !name.matches("[A-Za-z0-9][-._@A-Za-z0-9]{0,99}")) {
            return Future.failedFuture(
                    Failure.invalid("/username", "must be 1 to 100 letters, digits, '-', '.', '_', '@'"));
        }
        return hash(password).compose(hash -> {
            Instant now = clock.instant();
            return users.insert(new User(name, 1, role, hash, now, now));
        });
    }

    /** Sets password and role. Fails with NOT_FOUND. */
    public Future<User> change(String name, String password, Role role) {
        return hash(password)
                .compose(hash -> users.update(
                        name, user -> new User(name, user.version(), role, hash, user.createdAt(), clock.instant())));
    }

    public Future<Boolean> delete(String name) {
        return ADMIN.equals(name)
                ? Future.failedFuture(Failure.conflict("the user admin cannot be deleted"))
                : users.delete(name);
    }

    public Future<Void> close() {
        return hashing.close();
    }

    private Future<User> find(String name) {
        return users.get(name)
                .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause));
    }

    private Future<String> hash(String password) {
        if (!isLongEnough(password)) {
            return tooShort();
        }
        return hashing(() -> Passwords.hash(password)).onSuccess(hash -> decoy = decoy == null ? hash : decoy);
    }

    private static boolean isLongEnough(String password) {
        return password != null && password.length() >= MIN_PASSWORD_CHARS && password.length() <= MAX_PASSWORD_CHARS;
    }

    private static <T> Future<T> tooShort() {
        return Future.failedFuture(Failure.invalid(
                "/password", "must have " + MIN_PASSWORD_CHARS + " to " + MAX_PASSWORD_CHARS + " characters"));
    }

    private String decoy() {
        if (decoy == null) {
            decoy = Passwords.hash("nobody has this password");
        }
        return decoy;
    }

    private <T> Future<T> hashing(Callable<T> work) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new Failure(Failure.Kind.LIMITED, "too many logins at once; try again shortly"));
        }
        return hashing.executeBlocking(work, false).onComplete(done -> waiting.decrementAndGet());
    }

    private static <T> Future<T> refused() {
        return Future.failedFuture(new Failure(Failure.Kind.UNAUTHENTICATED, REFUSAL));
    }

    private static final class Shape implements Records.Shape<User> {
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
            return new User(user.id(), version, user.role(), user.passwordHash(), user.createdAt(), user.updatedAt());
        }
    }
}
