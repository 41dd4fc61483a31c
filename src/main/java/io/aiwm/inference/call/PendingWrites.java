package io.aiwm.inference.call;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes of one event loop that wait until it has read what is there: what comes at once leaves at once, in one write to the network
 * instead of one for each chunk.
 */
final class PendingWrites {
    private static final Logger LOG = LoggerFactory.getLogger(PendingWrites.class);

    private final Vertx vertx;
    private List<Runnable> waiting = new ArrayList<>();
    private List<Runnable> spare = new ArrayList<>();

    PendingWrites(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Called on the event loop. @param write of one answer */
    void add(Runnable write) {
        if (waiting.isEmpty()) {
            vertx.runOnContext(read -> write());
        }
        waiting.add(write);
    }

    private void write() {
        List<Runnable> now = waiting;
        waiting = spare;
        for (Runnable each : now) {
            try {
                each.run();
            } catch (RuntimeException cause) { // the others' answers must go on
                LOG.error("{} at {}: a write has failed", cause.getClass().getName(), (Object) cause.getStackTrace());
            }
        }
        now.clear();
        spare = now;
    }
}
