package io.aiwm.common;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;

/**
 * Amounts of everything that work takes and nodes have. To add a kind of amount, add a component and a {@link Kind} here:
 * sums, comparisons, the ledger, stored claims and the totals of the fleet follow, and every switch over the kinds stops
 * the build until it names the new one.
 *
 * @param cpuMilli thousandths of a core; JSON has cores
 * @param diskBytes of the disk that work writes to
 * @param gpus shares of single GPUs
 */
@JsonSerialize(using = AmountsJson.Writer.class)
@JsonDeserialize(using = AmountsJson.Reader.class)
public record Amounts(long cpuMilli, long memoryBytes, long diskBytes, List<Gpu> gpus) {
    /** The kinds of amounts, in the order in which one that is lacking is named. */
    public enum Kind {
        CPU,
        MEMORY,
        DISK,
        /** Memory of GPUs. */
        GPUS
    }

    /** A share of one GPU. @param memoryBytes all of the GPU's where the step asked for a whole one */
    public record Gpu(int index, long memoryBytes) {}

    public static final Amounts NOTHING = new Amounts(0, 0, 0, List.of());

    public Amounts {
        gpus = gpus == null ? List.of() : List.copyOf(gpus);
    }

    /** @param cpu cores */
    public static Amounts of(double cpu, long memoryBytes, long diskBytes, List<Gpu> gpus) {
        return new Amounts(Math.round(cpu * 1_000), memoryBytes, diskBytes, gpus);
    }

    /** @param cpu cores */
    public static Amounts of(double cpu, long memoryBytes, long diskBytes) {
        return of(cpu, memoryBytes, diskBytes, List.of());
    }

    /** Returns cores. */
    public double cpu() {
        return cpuMilli / 1_000.0;
    }

    /** Returns the amount of one kind; of {@link Kind#GPUS} the memory of all shares. */
    public long get(Kind kind) {
        return switch (kind) {
            case CPU -> cpuMilli;
            case MEMORY -> memoryBytes;
            case DISK -> diskBytes;
            case GPUS -> gpus.stream().mapToLong(Gpu::memoryBytes).sum();
        };
    }

    /** Returns these with another amount of one kind, which is any but {@link Kind#GPUS}. */
    public Amounts with(Kind kind, long amount) {
        return switch (kind) {
            case CPU -> new Amounts(amount, memoryBytes, diskBytes, gpus);
            case MEMORY -> new Amounts(cpuMilli, amount, diskBytes, gpus);
            case DISK -> new Amounts(cpuMilli, memoryBytes, amount, gpus);
            case GPUS -> throw new IllegalArgumentException("GPUs are given one by one");
        };
    }

    /** Returns these with exactly these shares of GPUs. */
    public Amounts withGpus(List<Gpu> shares) {
        return gpus.isEmpty() && shares.isEmpty() ? this : new Amounts(cpuMilli, memoryBytes, diskBytes, shares);
    }

    public Amounts plus(Amounts other) {
        return new Amounts(
                cpuMilli + other.cpuMilli,
                memoryBytes + other.memoryBytes,
                diskBytes + other.diskBytes,
                merged(other, 1, Long::sum));
    }

    /** Returns these less the other ones; amounts may become negative. */
    public Amounts minus(Amounts other) {
        return new Amounts(
                cpuMilli - other.cpuMilli,
                memoryBytes - other.memoryBytes,
                diskBytes - other.diskBytes,
                merged(other, -1, Long::sum));
    }

    /** Returns the larger amount of each kind, and for each GPU. */
    public Amounts max(Amounts other) {
        return new Amounts(
                Math.max(cpuMilli, other.cpuMilli),
                Math.max(memoryBytes, other.memoryBytes),
                Math.max(diskBytes, other.diskBytes),
                merged(other, 1, Math::max));
    }

    private List<Gpu> merged(Amounts other, int sign, LongBinaryOperator operator) {
        if (other.gpus.isEmpty()) {
            return gpus;
        }
        Map<Integer, Long> byIndex = byIndex();
        for (Gpu gpu : other.gpus) {
            byIndex.merge(gpu.index, sign * gpu.memoryBytes, operator::applyAsLong);
        }
        return byIndex.entrySet().stream()
                .map(gpu -> new Gpu(gpu.getKey(), gpu.getValue()))
                .toList();
    }

    private Map<Integer, Long> byIndex() {
        var byIndex = new TreeMap<Integer, Long>();
        gpus.forEach(gpu -> byIndex.merge(gpu.index, gpu.memoryBytes, Long::sum));
        return byIndex;
    }

    /** Returns these with every amount below 0 as 0. */
    public Amounts atLeastNothing() {
        return max(NOTHING);
    }

    /** Returns these for the kinds and GPUs of which the other ones ask for something, and nothing of the rest. */
    public Amounts askedBy(Amounts asked) {
        return new Amounts(
                asked.cpuMilli > 0 ? cpuMilli : 0,
                asked.memoryBytes > 0 ? memoryBytes : 0,
                asked.diskBytes > 0 ? diskBytes : 0,
                gpus.stream()
                        .filter(gpu -> asked.gpus.stream().anyMatch(share -> share.index == gpu.index))
                        .toList());
    }

    public boolean isNothing() {
        return cpuMilli <= 0 && memoryBytes <= 0 && diskBytes <= 0 && gpus.isEmpty();
    }

    /** Returns whether what is available suffices. */
    public boolean fits(Amounts available) {
        return firstLacking(available) == null;
    }

    /**
     * Returns the first kind of which more is asked for than is available; null: all of it suffices. What is not asked for
     * is never lacking, even where less than nothing is available.
     */
    public Kind firstLacking(Amounts available) {
        if (cpuMilli > available.cpuMilli && cpuMilli > 0) {
            return Kind.CPU;
        }
        if (memoryBytes > available.memoryBytes && memoryBytes > 0) {
            return Kind.MEMORY;
        }
        if (diskBytes > available.diskBytes && diskBytes > 0) {
            return Kind.DISK;
        }
        return gpus.isEmpty() || gpusFit(available) ? null : Kind.GPUS;
    }

    private boolean gpusFit(Amounts available) {
        Map<Integer, Long> there = available.byIndex();
        return gpus.stream().allMatch(gpu -> gpu.memoryBytes <= there.getOrDefault(gpu.index, 0L));
    }
}
