package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Claim;
import io.aiwm.controller.execution.Execution;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What would have room if some claims were not there. It tries it out on the ledger itself, under the lock of {@link Scheduler},
 * and leaves it as it was. Not to be used after its trial.
 */
public final class WhatIfPlacement {
    private static final String REST = "rest of ";

    private final SchedulerParts parts;
    private final Ledger ledger;
    private final long now;
    private final Map<String, LedgerEntry> away = new LinkedHashMap<>();
    /** What stays of those that are away, by their ids. */
    private final Map<String, LedgerEntry> rests = new HashMap<>();

    private final List<String> taken = new ArrayList<>();

    private WhatIfPlacement(SchedulerParts parts) {
        this.parts = parts;
        this.ledger = parts.ledger();
        this.now = parts.clock().millis();
    }

    static <T> T of(SchedulerParts parts, Function<WhatIfPlacement, T> tried) {
        var trial = new WhatIfPlacement(parts);
        try {
            return tried.apply(trial);
        } finally {
            trial.end();
        }
    }

    /**
     * From now on nothing of these claims counts. Ids that hold nothing change nothing.
     *
     * @param rest what counts in their place, by id
     */
    public void without(Collection<String> claimIds, Map<String, Claim> rest) {
        for (LedgerEntry entry : entries(claimIds)) {
            if (away.putIfAbsent(entry.id, entry) == null) {
                entry.on.remove(entry);
                Claim stays = rest.get(entry.id);
                if (stays != null) {
                    var less = new LedgerEntry(
                            REST + entry.id, entry.on, stays, entry.slots, entry.owner, entry.sinceMillis);
                    rests.put(entry.id, less);
                    less.on.add(less);
                }
            }
        }
    }

    /** They count again. */
    public void with(Collection<String> claimIds) {
        var ids = Set.copyOf(claimIds);
        away.values().removeIf(entry -> {
            boolean back = ids.contains(ReplicaClaims.idOf(entry.id));
            if (back) {
                back(entry);
            }
            return back;
        });
    }

    private void back(LedgerEntry entry) {
        LedgerEntry less = rests.remove(entry.id);
        if (less != null) {
            less.on.remove(less);
        }
        entry.on.add(entry);
    }

    private List<LedgerEntry> entries(Collection<String> claimIds) {
        return claimIds.stream()
                .flatMap(id -> Stream.of(id, id + ReplicaClaims.LEAVING))
                .map(ledger::placed)
                .filter(entry -> entry != null && entry.owner.command() == null)
                .toList();
    }

    /** Whether this step of the execution would have a node. Fails with INVALID when its label selector cannot be read. */
    public boolean fits(Execution execution, int stepIndex) {
        return decision(execution, stepIndex).node() != null;
    }

    /** From now on it has what it asks for, where it fits. */
    public void take(Execution execution, int stepIndex) {
        Decision decision = decision(execution, stepIndex);
        if (decision.node() != null) {
            String id = "trial/" + taken.size();
            ledger.put(id, decision.node().id, decision.claim(), 0, ClaimOwner.LASTING, now);
            taken.add(id);
        }
    }

    /** Why it waits, in words. */
    public String why(Execution execution, int stepIndex) {
        PlacementRequest wish = WaitingSteps.wish(execution, execution.steps().get(stepIndex));
        return decision(execution, stepIndex).words(wish.pinnedTo());
    }

    private Decision decision(Execution execution, int stepIndex) {
        PlacementRequest wish = WaitingSteps.wish(execution, execution.steps().get(stepIndex));
        // as it stands in the queue, so that a node that is kept free for it is free to it
        SchedulingUnit unit = parts.queue().of(execution.id()).stream()
                .filter(one -> one.waitsFor(wish.command()) && !one.isGang())
                .findFirst()
                .orElseGet(() -> SchedulingUnit.of(wish, parts.millisPerPoint()));
        return parts.chooser().decide(unit, now);
    }

    private void end() {
        taken.forEach(ledger::release);
        away.values().forEach(this::back);
        away.clear();
    }
}
