package io.aiwm.controller.scheduler;

import java.util.HashMap;
import java.util.Map;

/** Tells every node how busy its zone is: counted again after some decisions, not for each. */
final class ZoneLoad {
    private static final int DECISIONS = 200;

    private int asked;
    private long epoch = -1;

    /** To be called once per decision. */
    void decision(Ledger ledger) {
        if (asked++ % DECISIONS != 0 && epoch == ledger.epoch()) {
            return;
        }
        epoch = ledger.epoch();
        Map<String, double[]> usedAndAll = new HashMap<>();
        for (NodeInfo candidate : ledger.all()) {
            double[] sums = usedAndAll.computeIfAbsent(zone(candidate), name -> new double[2]);
            sums[0] += candidate.slotsUsed;
            sums[1] += candidate.slots;
        }
        for (NodeInfo candidate : ledger.all()) {
            double[] sums = usedAndAll.get(zone(candidate));
            candidate.zoneLoad = usedAndAll.size() < 2 || sums[1] <= 0 ? 0 : Math.min(1, sums[0] / sums[1]);
        }
    }

    private static String zone(NodeInfo candidate) {
        return candidate.node.zone() == null ? "" : candidate.node.zone();
    }
}
