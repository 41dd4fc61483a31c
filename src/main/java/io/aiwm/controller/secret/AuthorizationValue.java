package io.aiwm.controller.secret;

import java.util.regex.Pattern;

/** A secret as the value of the header {@code Authorization}. Pure. */
public final class AuthorizationValue {
    /** A scheme and what follows it, as a header has them. */
    private static final Pattern WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9-]* +\\S.*");

    private static final Pattern SENDABLE = Pattern.compile("[\\x20-\\x7e]{1,8000}");

    private AuthorizationValue() {}

    /** Returns the value as a Bearer token, or as it is where it names a scheme itself; null if it cannot be sent. */
    public static String of(String secret) {
        String value = secret.strip();
        if (!SENDABLE.matcher(value).matches()) {
            return null;
        }
        return WITH_SCHEME.matcher(value).matches() ? value : "Bearer " + value;
    }

    /** Why {@link #of} returned null. @param name of the secret */
    public static String unsendable(String name) {
        return "secret " + name
                + " cannot be sent as a header: it is empty, is longer than 8000 characters, or has others than"
                + " those of ASCII";
    }
}
