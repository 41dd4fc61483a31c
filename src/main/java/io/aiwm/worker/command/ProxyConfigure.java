package io.aiwm.worker.command;

import io.aiwm.protocol.CommandNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/**
 * Says what the proxy of this node serves, which it is told by messages of its own and not by commands. On a node that is no
 * proxy there is nothing to configure, and it says so.
 */
public final class ProxyConfigure implements CommandHandler {
    private final Supplier<JsonObject> serving;

    /** @param serving null: no proxy is on this node */
    public ProxyConfigure(Supplier<JsonObject> serving) {
        this.serving = serving;
    }

    @Override
    public String name() {
        return CommandNames.PROXY_CONFIGURE;
    }

    @Override
    public Future<JsonObject> run(Command command) {
        return Future.succeededFuture(
                serving == null
                        ? new JsonObject().put("skipped", true).put("reason", "no proxy role on this node")
                        : serving.get());
    }
}
