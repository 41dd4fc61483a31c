package io.aiwm.controller.scheduler;

/**
 * Who may go before what waits: for slots, for machine and for GPU room the rank of the first unit that waits for it.
 * Whatever needs the same and comes later waits, too. Used under the lock of {@link Scheduler}.
 */
final class QueueOrder {
    private final Ledger ledger;
    private final long[] blocked = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};

    QueueOrder(Ledger ledger) {
        this.ledger = ledger;
    }

    private static int level(ResourceRequest request) {
        return request.gpuCount() > 0 ? 2 : request.asksForAmounts() ? 1 : 0;
    }

    /** Whether nothing that waits for room of its kind, or for less, comes before it. */
    boolean isNext(SchedulingUnit unit) {
        for (int level = level(unit.request()); level >= 0; level--) {
            if (blocked[level] < unit.rank()) {
                return false;
            }
        }
        return true;
    }

    /**
     * This unit found no room. What waits for a port alone, which may be for good, does not hold up what asks for the same
     * room.
     *
     * @return whether what comes later waits for it
     */
    boolean blockUnlessForPorts(SchedulingUnit unit, WaitQueue.Group group) {
        boolean forPorts = NodeChooser.waitsForPorts(group);
        if (!forPorts) {
            block(unit);
        }
        return !forPorts;
    }

    /** This unit found no room. */
    void block(SchedulingUnit unit) {
        if (!unit.request().queuesOnItsNode()) {
            blocked(ledger.hasFreeSlot() ? level(unit.request()) : 0, unit);
        }
    }

    /** From this unit on nothing was looked at. */
    void unknownFrom(SchedulingUnit unit) {
        blocked(0, unit);
    }

    private void blocked(int level, SchedulingUnit unit) {
        blocked[level] = Math.min(blocked[level], unit.rank());
    }
}
