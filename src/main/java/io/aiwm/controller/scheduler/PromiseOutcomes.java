package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Execution;
import io.aiwm.protocol.CommandId;

/**
 * Takes in how a promise of a {@link SchedulingPass} ended: its claims were granted by the shared claims or refused, and its
 * write was made, came to nothing, or is not known to have been made. Used under the lock of {@link Scheduler}.
 */
final class PromiseOutcomes {
    /** How long a node is passed over after another controller was first there; what is free is known by then. */
    private static final long REFUSED_MILLIS = 1_000;

    private final SchedulerParts parts;
    private final PendingClaims pendingClaims;
    private final UnsettledUnits unsettled;
    private final ExecutionFollower executions;

    PromiseOutcomes(SchedulerParts parts, UnsettledUnits unsettled, ExecutionFollower executions) {
        this.parts = parts;
        this.pendingClaims = parts.pendingClaims();
        this.unsettled = unsettled;
        this.executions = executions;
    }

    /** See {@link Scheduler#granted}. */
    boolean granted(Scheduler.Placed given) {
        boolean granted = pendingClaims.granted(given.wants());
        if (!granted) {
            tried(given);
        }
        return granted;
    }

    /** See {@link Scheduler#refused}. */
    void refused(Scheduler.Placed given, NodeClaims seen) {
        tried(given);
        Ledger ledger = parts.ledger();
        long now = parts.clock().millis();
        NodeInfo node = ledger.find(seen.id());
        if (node != null) {
            // what is in the way may be known here as less than it is: without this the next pass would ask again at
            // once
            node.refusedUntil = now + REFUSED_MILLIS;
        }
        for (NodeClaims.NodeClaim held : seen.claims()) {
            boolean own = given.unit().wishes().stream()
                    .anyMatch(wish -> wish.command().toString().equals(held.id()));
            if (!own && ledger.entry(held.id()) == null) {
                CommandId command = CommandId.parse(held.id());
                var owner = new ClaimOwner(command, command == null ? null : command.executionId(), 0, false);
                ledger.put(held.id(), seen.id(), held.claim(), held.slots(), owner, now).stored = true;
            }
        }
    }

    /** See {@link Scheduler#looked}. */
    void looked(Scheduler.Placed given, Execution now) {
        // where it is not open, the write was made, and heard of
        if (!parts.alone() || pendingClaims.isOpen(given.unit(), given.promise())) {
            executions.written(null, now);
        }
        tried(given);
    }

    /** See {@link Scheduler#tried}. */
    void tried(Scheduler.Placed given) {
        pendingClaims.end(given.unit(), given.promise());
        if (unsettled.settle(given.unit(), given.promise())) { // or else it is written, or promised anew
            parts.queue().add(given.unit());
        }
    }
}
