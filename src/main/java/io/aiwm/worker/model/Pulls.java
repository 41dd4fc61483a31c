package io.aiwm.worker.model;

import io.aiwm.common.KeyedQueue;
import io.aiwm.worker.command.Command;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** The pulls under way: one per content, however many want it. Thread-safe. */
final class Pulls {
    private final Fetch.Tools tools;
    private final ModelRoom room;
    private final Holds holds;
    private final KeyedQueue turns = new KeyedQueue();
    private final Map<String, Pull> underWay = new HashMap<>();

    Pulls(Fetch.Tools tools, ModelRoom room, Holds holds) {
        this.tools = tools;
        this.room = room;
        this.holds = holds;
    }

    /** Whether a content is on its way, so that who wants it from here may wait. */
    synchronized boolean isUnderWay(String sha256) {
        return underWay.containsKey(sha256);
    }

    /** Brings a content here; succeeds at once where it is. Cancelling the command ends its own wait only. */
    Future<Pull.Result> bring(String model, ModelOrder.Content content, Command command, LongConsumer progress) {
        return bring(model, content, command, progress, true);
    }

    private Future<Pull.Result> bring(
            String model, ModelOrder.Content content, Command command, LongConsumer progress, boolean mayRepeat) {
        String key = Pull.key(model, content);
        Pull pull;
        Future<Pull.Result> outcome;
        boolean mine = false;
        synchronized (this) {
            pull = underWay.get(key);
            outcome = pull == null ? null : pull.join(command, progress);
            if (outcome == null) {
                mine = true;
                pull = new Pull(tools, room, model, content);
                outcome = pull.join(command, progress);
                underWay.put(key, pull);
            }
        }
        if (mine) {
            begin(key, pull);
            return outcome;
        }
        // its sources may be worse than ours
        boolean others = mayRepeat && !pull.content().sources().equals(content.sources());
        return !others
                ? outcome
                : outcome.recover(cause -> command.cancelled().isComplete()
                        ? Future.failedFuture(cause)
                        : bring(model, content, command, progress, false));
    }

    private void begin(String key, Pull pull) {
        turns.take(key, () -> {
                    holds.take(".part " + key);
                    return pull.run();
                })
                .onComplete(done -> {
                    holds.release(".part " + key);
                    synchronized (this) {
                        underWay.remove(key, pull);
                    }
                    pull.ended(done);
                });
    }
}
