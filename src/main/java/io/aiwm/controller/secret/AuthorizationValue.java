package io.aiwm.controller.secret;

import java.util.regex.Pattern;

/** A secret as the value of a header. Pure. */
public final class AuthorizationValue {
    /** A scheme and what follows it, as a header has them. */
    private static final Pattern WITH_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9-]* +\\S.*");

    private static final Pattern SENDABLE = Pattern.compile("[\\x20-\\x7e]{1,8000}");

    private AuthorizationValue() {}

    /** Returns the value for any other header; null if it cannot be sent. */
    public static String plain(String secret) {
        String value = secret.strip();
        return SENDABLE.matcher(value).matches() ? value : null;
    }

    /** Returns the value for {@code Authorization} as a Bearer token, or as it is where it names a scheme itself; null if it cannot be sent. */
    public static String of(String secret) {
        String value = plain(secret);
        return value == null || WITH_SCHEME.matcher(value).matches() ? value : "Bearer " + value;
    }

    /** Why {@link #of} or {@link #plain} returned null. @param name of the secret */
    public static String unsendable(String name) {
        return "secret " + name
                + " cannot be sent as a header: it is empty, is longer than 8000 characters, or has others than"
                + " those of ASCII";
    }
}
