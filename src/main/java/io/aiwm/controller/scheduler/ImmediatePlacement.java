package io.aiwm.controller.scheduler;

import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Placer;
import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.controller.execution.Placer.PlacementResult;
import io.aiwm.controller.execution.StepSpec;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Places a step within the write that queues it: where it fits at once, and nothing that waits for the same kind of room
 * comes before it. Otherwise the step waits in the queue. Used under the lock of {@link Scheduler}.
 */
final class ImmediatePlacement {
    private static final long WORDS_MILLIS = 2_000;

    private final boolean alone;
    private final InstantSource clock;
    private final long millisPerPoint;
    private final Ledger ledger;
    private final WaitQueue queue;
    private final NodeChooser chooser;
    private final PendingClaims pendingClaims;
    private final Reservations reservations;
    private QueueOrder order;

    ImmediatePlacement(SchedulerParts parts) {
        this.alone = parts.alone();
        this.clock = parts.clock();
        this.millisPerPoint = parts.millisPerPoint();
        this.ledger = parts.ledger();
        this.queue = parts.queue();
        this.chooser = parts.chooser();
        this.pendingClaims = parts.pendingClaims();
        this.reservations = parts.reservations();
        this.order = new QueueOrder(ledger);
    }

    /** From now on what waits has its turn in this order. */
    void follow(QueueOrder newest) {
        order = newest;
    }

    /** Returns the node for this attempt, or why it has none now. */
    PlacementResult place(PlacementRequest wish) {
        StepSpec step = wish.step();
        if (Placer.CONTROLLER.equals(wish.pinnedTo())) {
            return PlacementResult.on(Placer.CONTROLLER);
        }
        String id = wish.command().toString();
        LedgerEntry mine = ledger.entry(id);
        if (mine != null) {
            // what another controller has claimed for it, or stored of it, is not this one's to write
            if (alone ? !mine.granted && !mine.stored : !mine.granted || mine.stored) {
                return PlacementResult.later("is being given a node");
            }
            mine.answered = true;
            return PlacementResult.on(
                    mine.on.id, pendingClaims.claimOf(mine, step), Instant.ofEpochMilli(mine.sinceMillis));
        }
        if (wish.pinnedTo() != null && ledger.find(wish.pinnedTo()) == null) {
            return PlacementResult.impossible("node " + wish.pinnedTo() + " does not exist");
        }
        if (step.gang() != null && wish.attempt() == 1) {
            return PlacementResult.later("waits until every step of gang " + step.gang() + " has a node");
        }
        try {
            return atOnce(wish, id);
        } catch (Failure unreadable) { // a label selector: refused at the door, but a record must never get stuck on it
            return PlacementResult.impossible(unreadable.getMessage());
        }
    }

    private PlacementResult atOnce(PlacementRequest wish, String id) {
        SchedulingUnit unit = SchedulingUnit.of(wish, millisPerPoint);
        WaitQueue.Group group = chooser.eligible(queue.group(unit.request()));
        long now = clock.millis();
        boolean hasTurn = unit.request().queuesOnItsNode() || (alone && order.isNext(unit));
        if (group.eligible.length > 0 && hasTurn) {
            NodeInfo node = chooser.choose(unit, group, false, now);
            if (node != null) {
                reservations.placed(unit, node);
                var claim = pendingClaims.promise(wish, unit.request(), node, pendingClaims.next(), now);
                LedgerEntry entry = ledger.entry(id);
                entry.answered = true;
                entry.withinWrite = true;
                return PlacementResult.on(node.id, claim, Instant.ofEpochMilli(now));
            }
            order.blockUnlessForPorts(unit, group);
        }
        if (!wish.avoided().isEmpty()) {
            Decision decision = chooser.decide(unit, now);
            if (decision.never()) {
                return PlacementResult.impossible(decision.words(wish.pinnedTo()));
            }
        }
        queue.add(unit);
        return PlacementResult.later(words(group, unit, now));
    }

    private String words(WaitQueue.Group group, SchedulingUnit unit, long now) {
        if (group.words == null || now - group.wordsAt > WORDS_MILLIS) {
            group.words = chooser.decide(unit, now).words(unit.request().pinnedTo());
            group.wordsAt = now;
        }
        return group.words;
    }
}
