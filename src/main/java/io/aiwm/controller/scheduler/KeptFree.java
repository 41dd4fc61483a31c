package io.aiwm.controller.scheduler;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/** The one node that is kept free for whatever has waited longest. Used under the lock of {@link Scheduler}. */
final class KeptFree {
    private final Ledger ledger;
    private final Duration after;
    private String starving;

    /** @param after so long the first must have waited */
    KeptFree(Ledger ledger, Duration after) {
        this.ledger = ledger;
        this.after = after;
    }

    /** This unit waits no more. */
    void over(Unit unit) {
        if (unit.key().equals(starving)) {
            keepFor(null, null, 0);
        }
    }

    /**
     * A unit that asks for much and has waited long gets a node that nothing smaller may fill up again and again.
     *
     * @param first of what waits and found no room; null: there is none
     * @param eligible the nodes it could have
     */
    void keepFor(Unit first, Supplier<Candidate[]> eligible, long now) {
        boolean starves = first != null
                && !first.isGang()
                && first.need().asksForAmounts()
                && now - first.queuedAt() > after.toMillis();
        String wanted = starves ? first.key() : null;
        if (Objects.equals(wanted, starving)) {
            return;
        }
        for (Candidate candidate : ledger.all()) {
            if (starving != null && starving.equals(candidate.heldFor)) {
                candidate.heldFor = null;
                ledger.touched(candidate);
            }
        }
        starving = null;
        if (starves) {
            Candidate nearest = nearest(first, eligible.get(), now);
            if (nearest != null) {
                nearest.heldFor = first.key();
                nearest.heldUntil = Long.MAX_VALUE;
                starving = first.key();
            }
        }
    }

    /** The node that has to give back least until the unit fits. */
    private static Candidate nearest(Unit unit, Candidate[] eligible, long now) {
        Candidate nearest = null;
        double least = Double.MAX_VALUE;
        for (Candidate candidate : eligible) {
            if (candidate.heldFor != null && candidate.heldUntil > now) {
                continue;
            }
            double lacks = lacks(unit.need().cpuMilli(), candidate.cpuFree(), candidate.cpuMilli)
                    + lacks(unit.need().memoryBytes(), candidate.memoryFree(), candidate.memoryBytes)
                    + (candidate.slotsFree() > 0 ? 0 : 1.0 / candidate.slots);
            if (unit.need().gpuCount() > 0) {
                lacks += candidate.gpus.stream().mapToInt(gpu -> gpu.claims).sum();
            }
            if (lacks < least) {
                least = lacks;
                nearest = candidate;
            }
        }
        return nearest;
    }

    private static double lacks(long need, long free, long capacity) {
        return Math.max(0, need - free) / (double) Math.max(1, capacity);
    }
}
