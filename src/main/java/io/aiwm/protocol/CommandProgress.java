package io.aiwm.protocol;

/** Worker to controller, at most once a second per command. @param percent 0 to 100 */
public record CommandProgress(String sessionId, String commandId, int percent, String message) {
    public static final String TYPE = "command.progress";
}
