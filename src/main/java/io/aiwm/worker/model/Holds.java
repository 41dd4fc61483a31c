package io.aiwm.worker.model;

import java.util.HashMap;
import java.util.Map;

/** What this process needs at the moment, so that it is not evicted: names of models, digests. Thread-safe. */
final class Holds {
    private final Map<String, Integer> held = new HashMap<>();

    synchronized void take(String what) {
        held.merge(what, 1, Integer::sum);
    }

    synchronized void release(String what) {
        held.computeIfPresent(what, (key, count) -> count == 1 ? null : count - 1);
    }

    synchronized boolean has(String what) {
        return held.containsKey(what);
    }
}
