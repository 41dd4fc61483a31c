package io.aiwm.protocol;

/**
 * Worker to controller, at most once a second per command.
 *
 * @param percent 0 to 100
 * @param transfer of a command that brings files; null: another command, or a worker of a version before
 */
public record CommandProgress(
        String sessionId, String commandId, int percent, String message, TransferProgress transfer) {
    public static final String TYPE = "command.progress";
}
