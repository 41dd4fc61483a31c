package io.aiwm.worker.command;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * Does one kind of command. Runs on an event loop and returns at once; blocking work goes to worker threads. Must be
 * harmless to run again for the same command id: after a crash the runner starts it once more, and the handler adopts
 * what the first run made.
 */
public interface CommandHandler {

    /** The command's name, one of CommandNames. */
    String name();

    /**
     * Succeeds with the command's output (may be empty, not null). Fails with a {@link CommandFailure} that carries the
     * category; anything else becomes {@code internal}.
     */
    Future<JsonObject> run(Command command);

    /** Called once the result of a command, also of one of another kind, is on disk: it is not run again. Returns at once. */
    default void resultKept(String commandId) {}
}
