package io.aiwm.controller.agent;

import io.aiwm.common.SingleLineText;
import io.aiwm.controller.mcp.McpClient;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** What a server says of the progress of a call, as a turn tells it: once a second at most, the first at once. Thread-safe. */
final class ToolProgress implements Consumer<McpClient.Progress> {
    static final long EVERY_NANOS = 1_000_000_000L;
    private static final int LONGEST_MESSAGE = 200;

    private final Consumer<JsonObject> told;
    private final LongSupplier nanos;
    private boolean any;
    private long last;

    /** @param told gets {@code progress}, and where the server says them {@code total} and {@code message} */
    ToolProgress(Consumer<JsonObject> told, LongSupplier nanos) {
        this.told = told;
        this.nanos = nanos;
    }

    @Override
    public synchronized void accept(McpClient.Progress heard) {
        long now = nanos.getAsLong();
        if (any && now - last < EVERY_NANOS) {
            return;
        }
        any = true;
        last = now;
        var data = new JsonObject().put("progress", heard.progress());
        if (heard.total() != null) {
            data.put("total", heard.total());
        }
        if (heard.message() != null) {
            data.put("message", SingleLineText.of(heard.message(), LONGEST_MESSAGE));
        }
        told.accept(data);
    }
}
