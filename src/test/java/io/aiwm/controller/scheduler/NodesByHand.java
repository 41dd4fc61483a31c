package io.aiwm.controller.scheduler;

import io.aiwm.controller.node.Node;

/** Shows a scheduler nodes for tests of other rooms. */
public final class NodesByHand {
    private NodesByHand() {}

    public static void show(Scheduler scheduler, Node node) {
        scheduler.node(node.id(), node);
    }

    public static Scheduler scheduler() {
        return new Scheduler(
                Bench.settings(io.aiwm.boot.Config.Scheduler.Packing.BINPACK), java.time.InstantSource.system(), true);
    }
}
