package io.aiwm.controller.autoscale;

import java.util.List;

/**
 * What a deployment that was woken waits for.
 *
 * @param text the same in words
 * @param waitsFor ids of the deployments whose room it gets
 * @param secondsLeft how long at most until these make room; null: that is not known
 */
public record Turn(String deploymentId, Code code, String text, List<String> waitsFor, Long secondsLeft) {

    /** What it waits for. */
    public enum Code {
        /** There is room for it; it is being placed. */
        PLACING,
        /** Others sleep by now, and their containers are being removed. */
        LEAVING,
        /** Others get no new calls, and those under way have not ended. */
        YIELDING,
        /** Others have not been ready for as long as they may stay. */
        RESIDENCE,
        /** Others have calls. */
        BUSY,
        /** It would have no room even if all slept that may. */
        NO_ROOM,
        /** So many wait that it has not been looked at. */
        QUEUED
    }

    public Turn {
        waitsFor = List.copyOf(waitsFor);
    }
}
