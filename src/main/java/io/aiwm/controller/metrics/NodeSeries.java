package io.aiwm.controller.metrics;

import io.aiwm.protocol.SystemInfo;
import io.aiwm.protocol.SystemInfo.Gpu;
import io.aiwm.protocol.SystemInfo.NetworkInterface;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The last hour of one node and its GPUs. Not thread-safe. */
final class NodeSeries implements HourMemory.Series {
    static final String CPU = "cpuUtilization";
    static final String MEMORY = "memoryUsedBytes";
    static final String DISK = "diskUsedBytes";
    static final String RECEIVED = "networkReceivedBytesPerSecond";
    static final String SENT = "networkSentBytesPerSecond";
    /** Before the index of a GPU and the name of what is measured of it. */
    static final String GPU = "gpu/";

    private static final int OVERHEAD_BYTES = 1_024;
    /** What these carry is counted where it leaves the machine, or never leaves it. */
    private static final Predicate<String> INNER =
            Pattern.compile("lo|veth.*|br-.*|docker.*|virbr.*|cni.*|flannel.*").asMatchPredicate();

    private final SeriesRings<String> rings = new SeriesRings<>();

    /** @param mostGap a sample stands for the time since the one before it, unless that is more than so many slots */
    void add(SystemInfo sample, Instant now, int mostGap) {
        long newest = rings.newest();
        long slot = Math.max(newest, SeriesRange.slotOf(now));
        long first = newest >= 0 && slot - newest <= mostGap ? Math.min(slot, newest + 1) : slot;
        rings.advance(slot);
        if (sample.cpu() != null) {
            rings.put(CPU, sample.cpu().usage(), first, slot);
        }
        if (sample.memory() != null) {
            rings.put(MEMORY, sample.memory().usedBytes(), first, slot);
        }
        if (sample.workDisk() != null) {
            rings.put(DISK, sample.workDisk().usedBytes(), first, slot);
        }
        if (sample.network() != null) {
            rings.put(RECEIVED, sum(sample.network(), NetworkInterface::receiveRate), first, slot);
            rings.put(SENT, sum(sample.network(), NetworkInterface::sendRate), first, slot);
        }
        for (Gpu gpu : sample.gpus() == null ? List.<Gpu>of() : sample.gpus()) {
            if (gpu.index() != null) {
                String of = GPU + gpu.index() + "/";
                rings.put(of + "utilization", gpu.utilization(), first, slot);
                rings.put(of + "memoryUsedBytes", gpu.memoryUsedBytes(), first, slot);
                rings.put(of + "temperatureCelsius", gpu.temperature(), first, slot);
                rings.put(of + "powerWatts", gpu.powerWatts(), first, slot);
            }
        }
    }

    /** Null where none says it. */
    private static Double sum(List<NetworkInterface> all, Function<NetworkInterface, Double> rate) {
        Double sum = null;
        for (NetworkInterface one : all) {
            Double its = one.name() == null || INNER.test(one.name()) ? null : rate.apply(one);
            sum = its == null ? sum : (Double) ((sum == null ? 0 : sum) + its);
        }
        return sum;
    }

    @Override
    public int bytes() {
        return OVERHEAD_BYTES + rings.bytes();
    }

    @Override
    public boolean isOver(Instant now) {
        return rings.isOver(SeriesRange.slotOf(now));
    }

    @Override
    public long newest() {
        return rings.newest();
    }

    @Override
    public Map<String, float[]> copy(long from, long to) {
        return rings.copy(from, to, Function.identity());
    }
}
