package io.aiwm.controller.scheduler;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.InstantSource;

/**
 * What the parts of the scheduler share: its settings, its memory of nodes and of what waits. Used under the lock of
 * {@link Scheduler}.
 *
 * @param alone whether no other controller gives out the same nodes
 * @param millisPerPoint see {@link SchedulingUnit#rank(long, int, long)}
 */
@RecordBuilder
record SchedulerParts(
        boolean alone,
        InstantSource clock,
        long millisPerPoint,
        Ledger ledger,
        ReplicaClaims replicaClaims,
        WaitQueue queue,
        NodeChooser chooser,
        PendingClaims pendingClaims,
        Reservations reservations) {}
