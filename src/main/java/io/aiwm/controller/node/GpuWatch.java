package io.aiwm.controller.node;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfo.Gpu;
import io.aiwm.protocol.SystemInfoGpuBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Which GPUs of a node are out of order, from sample to sample. A GPU that reports an error, or is not listed any more, is
 * so at once; it is well again after {@link #GOOD_SAMPLES} good samples in a row, so that one that comes and goes does
 * not take work each time. Only the counts of good samples live here, in memory: a controller that begins anew counts anew.
 */
final class GpuWatch {
    static final int GOOD_SAMPLES = 2;
    static final String MISSING = "missing: the driver does not list it any more";

    private final Map<String, Map<Integer, Integer>> good = new ConcurrentHashMap<>();

    /** What a node's record shall say. */
    record Seen(List<Gpu> gpus, Map<Integer, Node.GpuFault> faults) {
        /** Whether it differs from the record in anything but what changes from second to second. */
        boolean isNews(Node node) {
            return !faults.equals(node.gpuFaults()) || !marks(gpus).equals(marks(GpuWatch.gpus(node)));
        }

        /** Takes it into a node that is being changed. */
        void applyTo(NodeBuilder draft) {
            SystemInfo said =
                    draft.system() == null ? new SystemInfo(null, null, null, null, null, null, null) : draft.system();
            draft.gpuFaults(faults)
                    .system(new SystemInfo(
                            said.os(),
                            said.cpu(),
                            said.memory(),
                            said.disks(),
                            gpus,
                            said.network(),
                            said.containerEngine()));
        }

        private static List<List<Object>> marks(List<Gpu> gpus) {
            return gpus.stream()
                    .map(gpu -> Arrays.<Object>asList(
                            gpu.index(), gpu.uuid(), gpu.model(), gpu.health(), gpu.memoryTotalBytes()))
                    .toList();
        }
    }

    static boolean isWell(Gpu gpu) {
        return gpu.health() == null || gpu.health().equalsIgnoreCase(Gpu.OK);
    }

    /** Counts a sample. @return good samples in a row by GPU index, this one included */
    Map<Integer, Integer> sampled(String nodeId, List<Gpu> now) {
        return good.compute(nodeId, (id, before) -> {
            var counts = new HashMap<Integer, Integer>();
            for (Gpu gpu : now) {
                if (gpu.index() != null && isWell(gpu)) {
                    int sofar = before == null ? 0 : before.getOrDefault(gpu.index(), 0);
                    counts.put(gpu.index(), Math.min(GOOD_SAMPLES, sofar + 1));
                }
            }
            return Map.copyOf(counts);
        });
    }

    void forget(String nodeId) {
        good.remove(nodeId);
    }

    /** Pure. @param goodInARow as {@link #sampled} counted */
    static Seen judge(Node known, List<Gpu> sample, Map<Integer, Integer> goodInARow, Instant now) {
        var gpus = new ArrayList<Gpu>(sample);
        var faults = new HashMap<Integer, Node.GpuFault>();
        Map<Integer, Gpu> before = gpus(known).stream()
                .filter(gpu -> gpu.index() != null)
                .collect(Collectors.toMap(Gpu::index, gpu -> gpu, (one, same) -> one));
        for (Gpu gpu : sample) {
            if (gpu.index() == null) {
                continue;
            }
            Node.GpuFault old = known.gpuFaults().get(gpu.index());
            boolean another = old != null && isAnother(before.get(gpu.index()), gpu);
            if (!isWell(gpu)) {
                faults.put(gpu.index(), fault(another ? null : old, gpu.health(), false, now));
            } else if (old != null && !another && goodInARow.getOrDefault(gpu.index(), 0) < GOOD_SAMPLES) {
                faults.put(gpu.index(), old);
            }
        }
        Set<Integer> listed = sample.stream().map(Gpu::index).collect(Collectors.toSet());
        Set<String> present =
                sample.stream().map(Gpu::uuid).filter(Objects::nonNull).collect(Collectors.toSet());
        before.forEach((index, gpu) -> {
            if (!listed.contains(index) && !present.contains(gpu.uuid())) {
                gpus.add(missing(gpu));
                faults.put(index, fault(known.gpuFaults().get(index), MISSING, true, now));
            }
        });
        gpus.sort(Comparator.comparing(Gpu::index, Comparator.nullsLast(Comparator.naturalOrder())));
        return new Seen(List.copyOf(gpus), Map.copyOf(faults));
    }

    static List<Gpu> gpus(Node node) {
        SystemInfo system = node.system();
        return system == null || system.gpus() == null ? List.of() : system.gpus();
    }

    private static Node.GpuFault fault(Node.GpuFault old, String reason, boolean missing, Instant now) {
        return old != null && old.reason().equals(reason)
                ? old
                : new Node.GpuFault(reason, old == null ? now : old.since(), missing);
    }

    private static boolean isAnother(Gpu before, Gpu now) {
        return before != null
                && before.uuid() != null
                && now.uuid() != null
                && !before.uuid().equals(now.uuid());
    }

    /** What it is stays known; how it is nobody knows. */
    private static Gpu missing(Gpu gpu) {
        return SystemInfoGpuBuilder.builder(gpu)
                .health(MISSING)
                .memoryUsedBytes(null)
                .utilization(null)
                .temperature(null)
                .powerWatts(null)
                .build();
    }
}
