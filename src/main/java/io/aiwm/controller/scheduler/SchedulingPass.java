package io.aiwm.controller.scheduler;

import io.aiwm.controller.execution.Placer.PlacementRequest;
import io.aiwm.protocol.CommandId;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * One pass over what waits, in the order of turns: each unit gets its nodes, or keeps waiting. Used under the lock of
 * {@link Scheduler}.
 */
final class SchedulingPass {
    private final boolean alone;
    private final Ledger ledger;
    private final WaitQueue queue;
    private final NodeChooser chooser;
    private final PendingClaims pendingClaims;
    private final Reservations reservations;
    private final Preemption preemption;
    private final UnsettledUnits unsettled;
    private final ImmediatePlacement immediate;

    SchedulingPass(
            SchedulerParts parts, Preemption preemption, UnsettledUnits unsettled, ImmediatePlacement immediate) {
        this.alone = parts.alone();
        this.ledger = parts.ledger();
        this.queue = parts.queue();
        this.chooser = parts.chooser();
        this.pendingClaims = parts.pendingClaims();
        this.reservations = parts.reservations();
        this.preemption = preemption;
        this.unsettled = unsettled;
        this.immediate = immediate;
    }

    /** Places what waits and fits, in the order of turns. @param most after so many the caller is asked to come again */
    Scheduler.Pass run(int most, long now) {
        pendingClaims.expire(now);
        chooser.passBegins(now);
        preemption.passBegins(now);
        var placed = new ArrayList<Scheduler.Placed>();
        var evictions = new ArrayList<Scheduler.Eviction>();
        var nowBlocked = new QueueOrder(ledger);
        var foundNoRoom = new ArrayList<SchedulingUnit>();
        PriorityQueue<Head> heads = heads();
        boolean more = false;
        while (!heads.isEmpty()) {
            Head head = heads.poll();
            if (placed.size() >= most) {
                more = true;
                nowBlocked.unknownFrom(head.unit);
                break;
            }
            long promise = pendingClaims.next();
            if (placeNow(head, promise, now)) {
                List<Scheduler.ClaimRequest> wants = alone ? List.of() : pendingClaims.wants(head.unit);
                placed.add(new Scheduler.Placed(head.unit.executionId(), head.unit, promise, wants));
                if (!head.group.waiting.isEmpty()) {
                    heads.add(new Head(head.group.waiting.first(), head.group));
                }
                continue;
            }
            chooser.foundNothing(head.group);
            preemption.look(head.group, now, evictions);
            if (nowBlocked.blockUnlessForPorts(head.unit, head.group) && foundNoRoom.size() < Reservations.MOST) {
                foundNoRoom.add(head.unit); // heads come in the order of turns
            }
        }
        immediate.follow(nowBlocked);
        reservations.keepFor(foundNoRoom, now);
        chooser.passEnds();
        return new Scheduler.Pass(placed, evictions, more);
    }

    /** Returns the first unit of each group for which some node could have room. */
    private PriorityQueue<Head> heads() {
        var heads = new PriorityQueue<Head>();
        for (WaitQueue.Group group : queue.groups()) {
            if (!group.waiting.isEmpty() && chooser.eligible(group).eligible.length > 0) {
                heads.add(new Head(group.waiting.first(), group));
            }
        }
        return heads;
    }

    private record Head(SchedulingUnit unit, WaitQueue.Group group) implements Comparable<Head> {
        @Override
        public int compareTo(Head other) {
            return unit.compareTo(other.unit);
        }
    }

    /** All of the unit or nothing. */
    private boolean placeNow(Head head, long promise, long now) {
        SchedulingUnit unit = head.unit;
        var given = new ArrayList<CommandId>();
        var nodes = new ArrayList<NodeInfo>();
        for (PlacementRequest wish : unit.wishes()) {
            ResourceRequest request = unit.isGang() ? ResourceRequest.of(wish) : unit.request();
            WaitQueue.Group group = chooser.eligible(unit.isGang() ? queue.group(request) : head.group);
            SchedulingUnit one = unit.isGang() ? unit.only(wish, request) : unit;
            NodeInfo node = group.eligible.length == 0 ? null : chooser.choose(one, group, true, now);
            if (node == null) {
                given.forEach(pendingClaims::takeBack);
                return false;
            }
            pendingClaims.promise(wish, request, node, promise, now);
            given.add(wish.command());
            nodes.add(node);
        }
        nodes.forEach(node -> reservations.placed(unit, node));
        queue.remove(unit);
        unsettled.put(unit, promise);
        return true;
    }
}
