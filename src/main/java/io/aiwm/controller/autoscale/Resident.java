package io.aiwm.controller.autoscale;

import io.soabase.recordbuilder.core.RecordBuilder;

/**
 * A deployment that may sleep and holds something of nodes. Times are milliseconds.
 *
 * @param residentMillis for how long it has been ready with what it holds; less than 0: it is not ready, and calls wait for it
 * @param residenceMillis for how long it may stay
 * @param idleMillis since its last call
 * @param inFlight calls that a replica of it answers now
 * @param calls these and those that wait
 * @param yieldingMillis since it gets no new calls; 0 where it does
 * @param keeps whether it goes on holding something when it has made room, because its engine sleeps
 */
@RecordBuilder
record Resident(
        String id,
        String name,
        Phase phase,
        long residentMillis,
        long residenceMillis,
        long idleMillis,
        int inFlight,
        int calls,
        long yieldingMillis,
        boolean keeps) {

    /** In the order in which their room is counted on. */
    enum Phase {
        /** It is to have no replicas, and its containers are being removed, or fall asleep. */
        LEAVING,
        /** It gets no new calls. */
        YIELDING,
        /** Its engine sleeps, and its containers hold what that takes. */
        ASLEEP,
        AWAKE
    }

    boolean isBusy() {
        return calls > 0;
    }
}
