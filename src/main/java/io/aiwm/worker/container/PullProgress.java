package io.aiwm.worker.container;

import java.util.HashMap;
import java.util.Map;

/** How far a pull is: bytes of all layers heard of so far. Never goes back, and stays below 100 until it is done. */
public final class PullProgress {
    private static final int MOST_LAYERS = 1000;

    private final Map<String, long[]> layers = new HashMap<>();
    private int highest;

    /** Takes in one line of the engine's report; what it does not say is null. */
    public int percent(String layer, Long current, Long total) {
        if (layer != null && current != null && total != null && total > 0 && layers.size() < MOST_LAYERS) {
            layers.merge(layer, new long[] {current, total}, (before, now) -> now[1] >= before[1] ? now : before);
        }
        long done = 0;
        long all = 0;
        for (long[] known : layers.values()) {
            done += Math.min(known[0], known[1]);
            all += known[1];
        }
        highest = Math.max(highest, all == 0 ? 0 : (int) Math.min(99, done * 100 / all));
        return highest;
    }
}
