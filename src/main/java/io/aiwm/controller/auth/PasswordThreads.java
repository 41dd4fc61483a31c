package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Hashes and compares passwords on two threads of their own: one for strangers, one for who has signed in before. Strangers
 * may be as many as they like: they wait for each other, and each address in turn.
 */
final class PasswordThreads {
    static final int MAX_CHARS = 1_024;
    private static final int MIN_CHARS = 8;
    /** Who asks for a hash has been let in already, or starts this process. */
    private static final String HOUSE = "";

    private final PasswordLane known;
    private final PasswordLane strangers;
    /** What the password of an unknown user is compared with, so that it takes as long as that of a known one. */
    private volatile String decoy;

    PasswordThreads(Vertx vertx) {
        known = new PasswordLane(vertx, "aiwm-passwords-known");
        strangers = new PasswordLane(vertx, "aiwm-passwords");
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
        return known.run(HOUSE, () -> Passwords.hash(password)).onSuccess(this::useAsDecoy);
    }

    /** Of the configuration. */
    Future<Boolean> matches(String password, String stored) {
        return matches(password, stored, HOUSE, true);
    }

    /**
     * Fails with LIMITED when too many wait.
     *
     * @param stored null: false, as late as with a hash
     * @param who those who wait take turns
     * @param isKnown whether it has signed in before, and does not wait for those who have not
     */
    Future<Boolean> matches(String password, String stored, String who, boolean isKnown) {
        return (isKnown ? known : strangers)
                .run(who, () -> Passwords.matches(password, stored == null ? decoy() : stored) && stored != null);
    }

    /** Saves making a hash that nobody needs. */
    void useAsDecoy(String hash) {
        decoy = decoy == null ? hash : decoy;
    }

    Future<Void> close() {
        return Future.all(known.close(), strangers.close()).mapEmpty();
    }

    private String decoy() {
        if (decoy == null) {
            decoy = Passwords.hash("nobody has this password");
        }
        return decoy;
    }
}
