package io.aiwm.controller.auth;

import java.util.Optional;

/** How many rounds the hash of a password has. */
public final class PasswordRounds {
    private PasswordRounds() {}

    /** What is to be said of so many; empty where they are as many as is recommended. */
    public static Optional<String> weakness(int rounds) {
        return rounds >= Passwords.ITERATIONS
                ? Optional.empty()
                : Optional.of(
                        "auth.passwordIterations is " + rounds + ", and " + Passwords.ITERATIONS
                                + " are recommended: passwords that are set from now on are easier to guess from a stolen hash");
    }
}
