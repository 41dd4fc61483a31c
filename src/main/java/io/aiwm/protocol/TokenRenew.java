package io.aiwm.protocol;

/**
 * Worker to controller, in a session whose node token ends before long ({@link TokenLife}): give me one that takes its place.
 * Answered with {@link TokenRenewed}, or with an error. Asking again gives another; one that was never used ends then.
 */
public record TokenRenew(String sessionId) {
    public static final String TYPE = "token.renew";
}
