package io.aiwm.worker.command;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Always says no: a worker has no source it may take a new version of itself from. */
public final class SystemUpdate implements CommandHandler {
    @Override
    public String name() {
        return CommandNames.SYSTEM_UPDATE;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        return Future.failedFuture(new CommandFailure(
                ErrorCategory.POLICY,
                "this worker has no update source; replace aiwm.jar on the node and restart the worker"));
    }
}
