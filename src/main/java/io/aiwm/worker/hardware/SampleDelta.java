package io.aiwm.worker.hardware;

import io.aiwm.protocol.SystemInfo;
import java.util.List;
import java.util.Objects;

/** Whether two samples differ by so much that the controller should hear of it before its time. Pure. */
final class SampleDelta {
    /** Share of the whole. */
    static final double THRESHOLD = 0.05;

    private SampleDelta() {}

    static boolean between(SystemInfo before, SystemInfo after) {
        if (before == null) {
            return true;
        }
        return share(cpu(before), cpu(after))
                || share(memory(before), memory(after))
                || disks(before.disks(), after.disks())
                || gpus(before.gpus(), after.gpus())
                || !Objects.equals(reachable(before), reachable(after));
    }

    private static boolean disks(List<SystemInfo.Disk> before, List<SystemInfo.Disk> after) {
        if (size(before) != size(after)) {
            return true;
        }
        for (int i = 0; i < size(before); i++) {
            var was = before.get(i);
            var is = after.get(i);
            if (!Objects.equals(was.mount(), is.mount())
                    || share(ratio(was.usedBytes(), was.totalBytes()), ratio(is.usedBytes(), is.totalBytes()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean gpus(List<SystemInfo.Gpu> before, List<SystemInfo.Gpu> after) {
        if (size(before) != size(after)) {
            return true;
        }
        for (int i = 0; i < size(before); i++) {
            var was = before.get(i);
            var is = after.get(i);
            if (!Objects.equals(was.uuid(), is.uuid())
                    || !Objects.equals(was.health(), is.health())
                    || share(was.utilization(), is.utilization())
                    || share(
                            ratio(was.memoryUsedBytes(), was.memoryTotalBytes()),
                            ratio(is.memoryUsedBytes(), is.memoryTotalBytes()))) {
                return true;
            }
        }
        return false;
    }

    private static Double cpu(SystemInfo info) {
        return info.cpu() == null ? null : info.cpu().usage();
    }

    private static Double memory(SystemInfo info) {
        return info.memory() == null
                ? null
                : ratio(info.memory().usedBytes(), info.memory().totalBytes());
    }

    private static Boolean reachable(SystemInfo info) {
        return info.containerEngine() == null ? null : info.containerEngine().reachable();
    }

    private static Double ratio(Long part, Long whole) {
        return part == null || whole == null || whole == 0 ? null : (double) part / whole;
    }

    /** Unknown on one side only counts as moved. */
    private static boolean share(Double before, Double after) {
        if (before == null || after == null) {
            return before != null || after != null;
        }
        return Math.abs(after - before) > THRESHOLD;
    }

    private static int size(List<?> list) {
        return list == null ? 0 : list.size();
    }
}
