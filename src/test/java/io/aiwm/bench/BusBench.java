package io.aiwm.bench;

import java.util.Arrays;

/** {@link ExecutionBench} with workers on the clustered event bus, each with its journal. {@code bench/run bus} starts it. */
public final class BusBench {
    private static final int NODES = 20;

    private BusBench() {}

    public static void main(String[] args) throws Exception {
        boolean quick = Arrays.asList(args).contains("--quick");
        try (var rig = new Rig()) {
            rig.startClusteredController();
            rig.startBusNodes(NODES);
            ExecutionBench.measureAll(rig, "bus", quick);
        }
    }
}
