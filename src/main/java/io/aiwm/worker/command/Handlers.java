package io.aiwm.worker.command;

import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every command this worker knows, by name. */
final class Handlers {
    private final Map<String, CommandHandler> byName = new TreeMap<>();

    Handlers(List<CommandHandler> handlers) {
        for (CommandHandler handler : handlers) {
            if (byName.put(handler.name(), handler) != null) {
                throw new IllegalArgumentException("two handlers for " + handler.name());
            }
        }
    }

    void resultKept(String commandId) {
        byName.values().forEach(handler -> handler.resultKept(commandId));
    }

    /** Never throws; an unknown name fails as {@code invalid}. */
    Future<JsonObject> run(Command command) {
        CommandHandler handler = byName.get(command.name());
        if (handler == null) {
            return Future.failedFuture(new CommandFailure(
                    ErrorCategory.INVALID,
                    "this worker has no command " + command.name() + "; it knows "
                            + String.join(", ", byName.keySet())));
        }
        try {
            return handler.run(command);
        } catch (RuntimeException cause) {
            return Future.failedFuture(cause);
        }
    }
}
