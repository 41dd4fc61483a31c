package io.aiwm.controller.job;

import io.aiwm.controller.execution.StepState;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * How far the tasks of an array are.
 *
 * @param made how many exist; the others are queued too, as far as anybody can tell
 * @param failed those that ran out of time included
 */
record ArrayCounts(int total, int made, int completed, int failed, int cancelled, int running) {

    /** @param phases how many tasks are in each state, by its name */
    static ArrayCounts of(int total, Map<String, Long> phases) {
        int made = 0;
        int completed = 0;
        int failed = 0;
        int cancelled = 0;
        int running = 0;
        for (StepState state : StepState.values()) {
            int there = phases.getOrDefault(state.name(), 0L).intValue();
            made += there;
            switch (state) {
                case PENDING, QUEUED -> {}
                case ASSIGNED, RUNNING -> running += there;
                case COMPLETED -> completed += there;
                case FAILED, TIMEOUT -> failed += there;
                case CANCELLED -> cancelled += there;
            }
        }
        return new ArrayCounts(total, made, completed, failed, cancelled, running);
    }

    int ended() {
        return completed + failed + cancelled;
    }

    int open() {
        return made - ended();
    }

    JsonObject shown() {
        return new JsonObject()
                .put("total", total)
                .put("completed", completed)
                .put("failed", failed)
                .put("cancelled", cancelled)
                .put("running", running)
                .put("queued", total - ended() - running);
    }

    String inWords() {
        return completed + " of " + total + " tasks completed, " + running + " running"
                + (failed == 0 ? "" : ", " + failed + " failed")
                + (cancelled == 0 ? "" : ", " + cancelled + " cancelled");
    }
}
