package io.aiwm.worker.command;

import io.aiwm.protocol.CommandNames;
import io.aiwm.protocol.ErrorCategory;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Ends the worker's process for its supervisor to start it again. Containers go on running. */
public final class SystemRestart implements CommandHandler {
    private final String obstacle;
    private final Runnable restart;

    /**
     * @param obstacle why the process would not be started again; null where a supervisor starts it
     * @param restart called once the command has succeeded; lets the other commands end first
     */
    public SystemRestart(String obstacle, Runnable restart) {
        this.obstacle = obstacle;
        this.restart = restart;
    }

    @Override
    public String name() {
        return CommandNames.SYSTEM_RESTART;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        if (obstacle != null) {
            return Future.failedFuture(new CommandFailure(ErrorCategory.POLICY, obstacle));
        }
        restart.run();
        return Future.succeededFuture(new JsonObject().put("restarting", true));
    }
}
