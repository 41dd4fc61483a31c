package io.aiwm.controller.shell;

import io.aiwm.common.Ids;
import io.aiwm.controller.gateway.WorkerLink;
import io.aiwm.controller.node.NodeDirectory;
import io.aiwm.protocol.Address;
import io.aiwm.protocol.Envelope;
import io.aiwm.protocol.ShellClose;
import io.aiwm.protocol.ShellInput;
import io.aiwm.protocol.ShellOpen;
import io.aiwm.protocol.ShellOutput;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The shells whose users are connected to this controller. A shell's id begins with the id of its controller, so what a worker sends
 * to another one (which holds the node's session) finds its way over the bus.
 */
public final class ShellSessions {

    /**
     * What is allowed.
     *
     * @param ofOneUser shells that one user has open at this controller
     * @param ofOneNode shells that are open in one node, through this controller
     * @param idle after which time without anything typed one is ended
     * @param bytesPerSecond each way
     */
    public record Limits(int ofOneUser, int ofOneNode, Duration idle, long bytesPerSecond) {}

    /**
     * Where a shell is opened.
     *
     * @param command null: a shell of the image
     */
    public record Place(String nodeId, String deploymentId, int replica, List<String> command, int columns, int rows) {}

    /** The controller that holds a node's session tells the one that has the user. Best effort: each message has a number. */
    record Routed(String nodeId, ShellOutput output) {
        static final Address<Routed, Void> ADDRESS = new Address<>("aiwm.shells.{id}", Routed.class, Void.class);
    }

    /** A place whose user left before the shell was opened. */
    private static final Duration UNUSED = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final WorkerLink link;
    private final Limits limits;
    private final String controllerId = Ids.next("");
    private final ShellSlots seats;
    private final Map<String, Shell> open = new ConcurrentHashMap<>();
    private final Future<Void> listening;

    public ShellSessions(Vertx vertx, WorkerLink link, NodeDirectory nodes, Limits limits) {
        this.vertx = vertx;
        this.link = link;
        this.limits = limits;
        this.seats = new ShellSlots(limits.ofOneUser(), limits.ofOneNode());
        this.listening = Routed.ADDRESS
                .at(controllerId)
                .listen(vertx, routed -> deliver(routed.nodeId(), routed.output()))
                .completion();
        nodes.onLost(nodeId -> open.values().stream()
                .filter(shell -> shell.nodeId().equals(nodeId))
                .forEach(shell -> shell.broken("node " + nodeId + " went offline")));
    }

    /** A place that is kept for a shell until it is given up, and no longer than {@link #UNUSED} where none is opened in it. */
    public final class Kept {
        private final ShellSlots.Seat seat;
        private final long timer;

        private Kept(ShellSlots.Seat seat) {
            this.seat = seat;
            this.timer = vertx.setTimer(UNUSED.toMillis(), late -> giveUp());
        }

        private void used() {
            vertx.cancelTimer(timer);
        }

        /** Harmless twice. */
        public void giveUp() {
            used();
            seats.giveBack(seat);
        }
    }

    /** Keeps a place. Fails with LIMITED where the user has too many shells open, with UNAVAILABLE where the node has. */
    public Kept keep(String user, String nodeId) {
        return new Kept(seats.take(user, nodeId));
    }

    /** Opens a shell in a place that is kept. What becomes of it is told to the client, on this context. */
    public Shell open(Context context, Kept kept, Place place, Shell.Client client) {
        kept.used();
        String id = ShellOpen.shellId(controllerId, Ids.next(""));
        var shell = new Shell(context, id, place.nodeId(), client, worker(id, place.nodeId(), kept), limits);
        open.put(id, shell);
        var request = new ShellOpen(
                id,
                place.deploymentId(),
                place.replica(),
                place.command(),
                place.columns(),
                place.rows(),
                Shell.WINDOW_BYTES);
        listening
                .compose(ready -> link.send(place.nodeId(), Envelope.of(ShellOpen.TYPE, request)))
                .onFailure(cause -> shell.broken("node " + place.nodeId() + " is not connected"));
        return shell;
    }

    private Shell.Worker worker(String id, String nodeId, Kept kept) {
        return new Shell.Worker() {
            @Override
            public void input(ShellInput input) {
                link.send(nodeId, Envelope.of(ShellInput.TYPE, input)).onFailure(cause -> {
                    Shell shell = open.get(id);
                    if (shell != null) {
                        shell.broken("the connection to node " + nodeId + " was lost");
                    }
                });
            }

            @Override
            public void close(ShellClose close) {
                // a worker that is not told ends it when it hears nothing more
                link.send(nodeId, Envelope.of(ShellClose.TYPE, close));
            }

            @Override
            public void forget() {
                open.remove(id);
                kept.giveUp();
            }
        };
    }

    /** A worker sent something of a shell. The node id is the session's. */
    public void accept(String nodeId, ShellOutput output) {
        String reader = ShellOpen.readerOf(output.shellId());
        if (reader.equals(controllerId)) {
            deliver(nodeId, output);
        } else if (!reader.isEmpty()) {
            Routed.ADDRESS.at(reader).send(vertx, new Routed(nodeId, output));
        }
    }

    private void deliver(String nodeId, ShellOutput output) {
        Shell shell = open.get(output.shellId());
        if (shell != null && shell.nodeId().equals(nodeId)) {
            shell.arrived(output);
        }
    }

    /** Returns how many are open here now, and about to be. */
    public int size() {
        return seats.size();
    }
}
