package io.aiwm.controller.auth;

import io.aiwm.protocol.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Hashes and compares passwords on threads of their own, a few at a time. */
final class PasswordThreads {
    static final int MAX_CHARS = 1_024;
    private static final int MIN_CHARS = 8;
    private static final int THREADS = 2;
    /** Logins that may wait for a hashing thread; more are turned away rather than kept waiting for minutes. */
    private static final int MAX_WAITING = 100;

    private final WorkerExecutor threads;
    private final AtomicInteger waiting = new AtomicInteger();
    /** What the password of an unknown user is compared with, so that it takes as long as that of a known one. */
    private volatile String decoy;

    PasswordThreads(Vertx vertx) {
        this.threads = vertx.createSharedWorkerExecutor("aiwm-passwords", THREADS);
    }

    /** Why this cannot be a password; null when it can. */
    static Failure refusal(String password, String pointer) {
        if (password != null && password.chars().allMatch(c -> c == '*') && password.length() >= MIN_CHARS) {
            return Failure.unprocessable(pointer, "is a mask, not a password");
        }
        return password != null && password.length() >= MIN_CHARS && password.length() <= MAX_CHARS
                ? null
                : Failure.invalid(pointer, "must have " + MIN_CHARS + " to " + MAX_CHARS + " characters");
    }

    /** @param pointer where the password stands in the request. Fails with INVALID when it is too short or too long. */
    Future<String> hash(String password, String pointer) {
        Failure refusal = refusal(password, pointer);
        if (refusal != null) {
            return Future.failedFuture(refusal);
        }
        return run(() -> Passwords.hash(password)).onSuccess(this::useAsDecoy);
    }

    /** @param stored null: false, as late as with a hash */
    Future<Boolean> matches(String password, String stored) {
        return run(() -> Passwords.matches(password, stored == null ? decoy() : stored) && stored != null);
    }

    /** Saves making a hash that nobody needs. */
    void useAsDecoy(String hash) {
        decoy = decoy == null ? hash : decoy;
    }

    Future<Void> close() {
        return threads.close();
    }

    private String decoy() {
        if (decoy == null) {
            decoy = Passwords.hash("nobody has this password");
        }
        return decoy;
    }

    private <T> Future<T> run(Callable<T> work) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new Failure(Failure.Kind.LIMITED, "too many logins at once; try again shortly"));
        }
        return threads.executeBlocking(work, false).onComplete(done -> waiting.decrementAndGet());
    }
}
