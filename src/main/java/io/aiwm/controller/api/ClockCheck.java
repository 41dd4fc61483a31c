package io.aiwm.controller.api;

import io.aiwm.common.Failure;
import io.aiwm.controller.node.NodeClocks;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Whether the clocks of this machine, of the other controllers and of the nodes that are heard here agree. */
public final class ClockCheck implements Supplier<Future<JsonObject>> {
    private static final int MOST_NAMED = 5;

    private final NodeClocks nodes;
    private final Supplier<Map<String, Duration>> controllers;
    private final Supplier<Duration> wallAhead;

    /**
     * @param controllers those whose clock is not this one's, and by how much this one is ahead
     * @param wallAhead by how much this machine's clock was set while this process ran
     */
    public ClockCheck(NodeClocks nodes, Supplier<Map<String, Duration>> controllers, Supplier<Duration> wallAhead) {
        this.nodes = nodes;
        this.controllers = controllers;
        this.wallAhead = wallAhead;
    }

    @Override
    public Future<JsonObject> get() {
        long own = wallAhead.get().toMillis();
        if (NodeClocks.warning(own) != null) {
            return problem("this machine's clock was set by " + signed(own)
                    + " while the controller ran, which follows it slowly; start it again to take it over at once");
        }
        Map<String, Duration> others = controllers.get();
        if (!others.isEmpty()) {
            return problem("this controller's clock is not that of controllers "
                    + others.keySet().stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
                    + "; set the clocks by NTP");
        }
        Map<String, Long> off = nodes.off();
        if (off.isEmpty()) {
            return Future.succeededFuture(new JsonObject());
        }
        String named = off.entrySet().stream()
                .limit(MOST_NAMED)
                .map(node -> node.getKey() + " " + signed(node.getValue()))
                .collect(Collectors.joining(", "));
        return problem("clocks of " + off.size() + " nodes differ from this controller's: " + named
                + (off.size() > MOST_NAMED ? ", ..." : "") + "; set the clocks by NTP");
    }

    private static String signed(long millis) {
        return (millis > 0 ? "+" : "") + millis / 1_000 + " s";
    }

    private static Future<JsonObject> problem(String words) {
        return Future.failedFuture(new Failure(Failure.Kind.UNAVAILABLE, words));
    }
}
