package io.aiwm.worker.command;

import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** On a node that is no proxy there is nothing to configure, and it says so. */
public final class ProxyConfigure implements CommandHandler {
    @Override
    public String name() {
        return CommandNames.PROXY_CONFIGURE;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        return Future.succeededFuture(
                new JsonObject().put("skipped", true).put("reason", "no proxy role on this node"));
    }
}
