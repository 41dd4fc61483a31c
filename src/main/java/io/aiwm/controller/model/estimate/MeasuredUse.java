package io.aiwm.controller.model.estimate;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The most memory that a version of a model was seen to use in one setup, over all its replicas.
 *
 * @param memoryBytes of the host, mapped weights included: the working set, which is what the kernel counts for the
 *     container less the inactive pages of files
 * @param gpuMemoryBytes of each GPU; empty: none was used, or it could not be measured
 * @param samples how many measurements are in it
 * @param measuredAt when the highest of them was taken
 */
public record MeasuredUse(long memoryBytes, List<Long> gpuMemoryBytes, long samples, Instant measuredAt) {

    /**
     * What uses are comparable for: estimates of another setup are not corrected.
     *
     * @param context of one sequence
     */
    public record Setup(
            Engine engine,
            int context,
            int parallel,
            CacheType cacheType,
            boolean flashAttention,
            int batch,
            int gpus) {
        /** Of a request, with its defaults. @param trainedContext of the model; null: not known */
        public static Setup of(EstimateRequest asked, Integer trainedContext) {
            EstimateRequest request = asked.complete(trainedContext);
            return new Setup(
                    request.engine(),
                    request.context(),
                    request.parallel(),
                    request.cacheType(),
                    request.flashAttention(),
                    request.batch(),
                    request.gpus().count());
        }

        /** As a part of a record's id. */
        public String id() {
            return String.join(
                    "-",
                    engine.name(),
                    context + "x" + parallel,
                    cacheType.name(),
                    flashAttention ? "fa" : "nofa",
                    Integer.toString(batch),
                    Integer.toString(gpus));
        }
    }

    public MeasuredUse {
        gpuMemoryBytes = gpuMemoryBytes == null ? List.of() : List.copyOf(gpuMemoryBytes);
    }

    public static MeasuredUse of(long memoryBytes, List<Long> gpuMemoryBytes, Instant at) {
        return new MeasuredUse(memoryBytes, gpuMemoryBytes, 1, at);
    }

    /** Returns both as one: the higher of each number. The order of measurements makes no difference but to the time. */
    public MeasuredUse and(MeasuredUse later) {
        boolean higher = later.memoryBytes > memoryBytes || higher(later.gpuMemoryBytes, gpuMemoryBytes);
        return new MeasuredUse(
                Math.max(memoryBytes, later.memoryBytes),
                most(gpuMemoryBytes, later.gpuMemoryBytes),
                samples + later.samples,
                higher ? later.measuredAt : measuredAt);
    }

    /** Whether it is worth storing: {@code later} is higher in something than what is remembered. */
    public boolean raisedBy(MeasuredUse later) {
        return later.memoryBytes > memoryBytes || higher(later.gpuMemoryBytes, gpuMemoryBytes);
    }

    private static boolean higher(List<Long> one, List<Long> other) {
        for (int i = 0; i < one.size(); i++) {
            if (i >= other.size() || one.get(i) > other.get(i)) {
                return true;
            }
        }
        return false;
    }

    static List<Long> most(List<Long> one, List<Long> other) {
        var most = new ArrayList<Long>();
        for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
            most.add(Math.max(i < one.size() ? one.get(i) : 0, i < other.size() ? other.get(i) : 0));
        }
        return most;
    }
}
