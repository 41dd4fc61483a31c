package io.aiwm.controller.node;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;

/**
 * What operators do to nodes that stay in service: cordon, drain, take single GPUs away. Each is one write of the node's
 * record, so it is remembered whatever happens to this process, and scheduling hears of it as of any other change.
 */
public final class NodeMaintenance {
    private final Nodes nodes;
    private final InstantSource clock;

    public NodeMaintenance(Nodes nodes, InstantSource clock) {
        this.nodes = nodes;
        this.clock = clock;
    }

    /**
     * Cordons a node, or opens it again; opening also ends what a completed drain left. Fails with CONFLICT when it is
     * opened while a drain is under way.
     */
    public Future<Node> schedulable(String id, boolean schedulable) {
        return nodes.change(id, draft -> {
            if (!schedulable) {
                boolean news = !draft.cordoned();
                draft.cordoned(true);
                return news;
            }
            if (draft.drain() != null && draft.drain().underWay()) {
                throw Failure.conflict(
                        "node " + id + " is being drained; stop that first: DELETE /api/nodes/" + id + "/drain");
            }
            boolean news = draft.cordoned() || draft.drain() != null;
            draft.cordoned(false);
            draft.drain(null);
            return news;
        });
    }

    /**
     * Begins to empty a node: from this write on it gets nothing new. Repeated while one is under way it sets other terms.
     *
     * @param time how long running work may take to finish by itself; null: as long as it needs
     */
    public Future<Node> drain(String id, Duration time, boolean force, String message, String actor) {
        return nodes.change(id, draft -> {
            Instant now = now();
            boolean again = draft.drain() != null && draft.drain().underWay();
            draft.drain(DrainBuilder.builder()
                    .startedAt(again ? draft.drain().startedAt() : now)
                    .deadline(time == null ? null : now.plus(time))
                    .force(force)
                    .message(message)
                    .actor(actor)
                    .total(again ? draft.drain().total() : null)
                    .build());
            return true;
        });
    }

    /** Ends a drain; the node is what it was before. Nothing happens when there is none. */
    public Future<Node> stopDrain(String id) {
        return nodes.change(id, draft -> {
            if (draft.drain() == null || draft.drain().outcome() == Drain.Outcome.STOPPED) {
                return false;
            }
            draft.drain(draft.drain().ended(Drain.Outcome.STOPPED, now()));
            return true;
        });
    }

    /**
     * What a look at a draining node found. Nothing happens when that drain has ended meanwhile.
     *
     * @param seen the drain that was looked at
     * @param things how many there were to go, over all its time
     * @param done whether nothing is left that could go
     */
    public Future<Node> drainSeen(String id, Drain seen, int things, boolean done) {
        return nodes.change(id, draft -> {
            Drain drain = draft.drain();
            boolean same = drain != null && drain.underWay() && drain.equals(seen);
            boolean more = same && (drain.total() == null || things > drain.total());
            if (!same || (!more && !done)) {
                return false;
            }
            draft.drain(more ? drain.seen(things) : drain);
            if (done) {
                draft.drain(draft.drain().ended(Drain.Outcome.COMPLETE, now()));
            }
            return true;
        });
    }

    /** Takes one GPU out of service. Fails with NOT_FOUND when the node has none of that index. */
    public Future<Node> gpuOut(String id, int index, String reason, String actor) {
        return nodes.change(id, draft -> {
            known(draft, index);
            var all = new HashMap<>(draft.gpuMaintenance());
            Node.GpuMaintenance old = all.get(index);
            Instant since = old == null ? now() : old.since();
            all.put(index, new Node.GpuMaintenance(reason, since, actor));
            draft.gpuMaintenance(all);
            return true;
        });
    }

    /** Gives it back; a fault its driver reports stays until it is gone. Nothing happens when it is in service. */
    public Future<Node> gpuIn(String id, int index) {
        return nodes.change(id, draft -> {
            if (!draft.gpuMaintenance().containsKey(index)) {
                known(draft, index);
                return false;
            }
            var all = new HashMap<>(draft.gpuMaintenance());
            all.remove(index);
            draft.gpuMaintenance(all);
            return true;
        });
    }

    /** Strikes a missing GPU off: it was taken out of the machine. Fails with CONFLICT while the driver lists it. */
    public Future<Node> gpuRemoved(String id, int index) {
        return nodes.change(id, draft -> {
            known(draft, index);
            Node.GpuFault fault = draft.gpuFaults().get(index);
            if (fault == null || !fault.missing()) {
                throw Failure.conflict("GPU " + index + " of node " + id + " is not missing: its driver lists it");
            }
            var faults = new HashMap<>(draft.gpuFaults());
            faults.remove(index);
            var maintenance = new HashMap<>(draft.gpuMaintenance());
            maintenance.remove(index);
            draft.gpuMaintenance(maintenance);
            var left = new GpuWatch.Seen(
                    List.copyOf(draft.system().gpus().stream()
                            .filter(gpu -> gpu.index() == null || gpu.index() != index)
                            .toList()),
                    faults);
            left.applyTo(draft);
            return true;
        });
    }

    private static void known(NodeBuilder draft, int index) {
        boolean known = draft.system() != null
                && draft.system().gpus() != null
                && draft.system().gpus().stream().anyMatch(gpu -> gpu.index() != null && gpu.index() == index);
        if (!known) {
            throw Failure.notFound("GPU", draft.id() + "/" + index);
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }
}
