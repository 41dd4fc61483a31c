package io.aiwm.controller.shell;

import io.aiwm.common.Failure;
import java.util.ArrayList;
import java.util.List;

/** How many shells each user has open at this controller, and each node. Thread-safe. */
final class ShellSlots {
    private static final long SOON_SECONDS = 5;

    private final int ofOneUser;
    private final int ofOneNode;
    private final List<Seat> taken = new ArrayList<>();

    /** A place that is taken. Each is itself alone, so that it is given back once. */
    static final class Seat {
        private final String user;
        private final String nodeId;

        private Seat(String user, String nodeId) {
            this.user = user;
            this.nodeId = nodeId;
        }
    }

    ShellSlots(int ofOneUser, int ofOneNode) {
        this.ofOneUser = ofOneUser;
        this.ofOneNode = ofOneNode;
    }

    /** Takes one more. Fails with LIMITED where the user has too many, with UNAVAILABLE where the node has. */
    synchronized Seat take(String user, String nodeId) {
        if (taken.stream().filter(seat -> seat.user.equals(user)).count() >= ofOneUser) {
            throw Failure.limited("you have " + ofOneUser + " shells open; close one first", SOON_SECONDS);
        }
        if (taken.stream().filter(seat -> seat.nodeId.equals(nodeId)).count() >= ofOneNode) {
            throw new Failure(
                    Failure.Kind.UNAVAILABLE, ofOneNode + " shells of node " + nodeId + " are open; try again later");
        }
        var seat = new Seat(user, nodeId);
        taken.add(seat);
        return seat;
    }

    /** Harmless twice. */
    synchronized void giveBack(Seat seat) {
        taken.remove(seat);
    }

    synchronized int size() {
        return taken.size();
    }
}
