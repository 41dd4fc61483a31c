package io.aiwm.protocol;

/**
 * Controller to worker: stop this command if it runs, never start it if it has not. Answered with a
 * {@link CommandResult} (cancelled, or what it had become by then). Harmless to repeat.
 */
public record CommandCancel(String commandId, String reason) {
    public static final String TYPE = "command.cancel";
}
