package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Hashes and compares passwords on two threads: one for unknown callers, one for users who have signed in before. Unknown callers wait for
 * each other only, and addresses take turns.
 */
final class PasswordThreads {
    static final int MAX_CHARS = 1_024;
    private static final int MIN_CHARS = 8;
    /** The key of calls by authenticated callers and by the start of this process. */
    private static final String HOUSE = "";

    private final int iterations;
    private final HashingThread known;
    private final HashingThread strangers;
    /**
     * The hash against which the password of an unknown user is compared, so that it takes as long as for a known user.
     */
    private volatile String decoy;

    /** @param iterations of the hashes that are made; each hash is compared with its own count */
    PasswordThreads(Vertx vertx, int iterations) {
        this.iterations = iterations;
        known = new HashingThread(vertx, "aiwm-passwords-known");
        strangers = new HashingThread(vertx, "aiwm-passwords");
    }

    /** Returns why this is not accepted as a password; null when it is. */
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
        return known.run(HOUSE, () -> Passwords.hash(password, iterations)).onSuccess(this::useAsDecoy);
    }

    /** Compares the password of the configuration. */
    Future<Boolean> matches(String password, String stored) {
        return matches(password, stored, HOUSE, true);
    }

    /**
     * Fails with LIMITED when too many wait.
     *
     * @param stored null: returns false, after the same time as with a hash
     * @param who the key by which waiting calls take turns
     * @param isKnown whether the user has signed in before, and does not wait for those who have not
     */
    Future<Boolean> matches(String password, String stored, String who, boolean isKnown) {
        return (isKnown ? known : strangers)
                .run(who, () -> Passwords.matches(password, stored == null ? decoy() : stored) && stored != null);
    }

    /** Uses this hash as decoy, so that none has to be made. */
    void useAsDecoy(String hash) {
        decoy = decoy == null ? hash : decoy;
    }

    Future<Void> close() {
        return Future.all(known.close(), strangers.close()).mapEmpty();
    }

    private String decoy() {
        if (decoy == null) {
            decoy = Passwords.hash("nobody has this password", iterations);
        }
        return decoy;
    }
}
