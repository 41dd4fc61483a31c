package io.aiwm.protocol;

/** Either side, on a clean stop: the session ends on purpose. */
public record Goodbye(String sessionId, String reason) {
    public static final String TYPE = "goodbye";
}
