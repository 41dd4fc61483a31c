package io.aiwm.controller.model.estimate;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The most memory that a version of a model was seen to use in one setup, over all its replicas.
 *
 * @param memoryBytes of the host: anonymous memory and that of the kernel, without the pages of files. So weights that are
 *     mapped are not in it, and a measurement says too little of them rather than too much
 * @param gpuMemoryBytes of each GPU; empty: none was used, or it could not be measured
 * @param samples how many measurements are in it
 * @param measuredAt when the highest of them was taken
 */
public record MeasuredUse(long memoryBytes, List<Long> gpuMemoryBytes, long samples, Instant measuredAt) {

    private static final long MUCH_BYTES = 8L << 20;
    private static final long MUCH_PART = 100;

    /**
     * What uses are comparable for: estimates of another setup are not corrected.
     *
     * @param context of one sequence
     * @param gpuLayers layers that are moved to GPUs; null: all
     */
    @RecordBuilder
    public record Setup(
            EngineKind engine,
            int context,
            int parallel,
            CacheType cacheType,
            boolean flashAttention,
            int batch,
            int gpus,
            Integer gpuLayers) {
        /** Of a request, with its defaults. @param trainedContext of the model; null: not known */
        public static Setup of(EstimateRequest asked, Integer trainedContext) {
            EstimateRequest request = asked.complete(trainedContext);
            return MeasuredUseSetupBuilder.builder()
                    .engine(request.engine())
                    .context(request.context())
                    .parallel(request.parallel())
                    .cacheType(request.cacheType())
                    .flashAttention(request.flashAttention())
                    .batch(request.batch())
                    .gpus(request.gpus().count())
                    .gpuLayers(
                            request.gpus().count() == 0 ? null : request.gpus().layers())
                    .build();
        }

        /** As a part of a record's id. */
        public String id() {
            String all = String.join(
                    "-",
                    engine.name(),
                    context + "x" + parallel,
                    cacheType.name(),
                    flashAttention ? "fa" : "nofa",
                    Integer.toString(batch),
                    Integer.toString(gpus));
            return gpuLayers == null ? all : all + "-l" + gpuLayers;
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

    /** Whether it is worth storing: {@code later} is higher in something by a hundredth, or by 8 MiB. */
    public boolean raisedMuchBy(MeasuredUse later) {
        if (much(memoryBytes, later.memoryBytes)) {
            return true;
        }
        for (int i = 0; i < later.gpuMemoryBytes.size(); i++) {
            if (much(i < gpuMemoryBytes.size() ? gpuMemoryBytes.get(i) : 0, later.gpuMemoryBytes.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean much(long before, long later) {
        return later > before && (later - before >= MUCH_BYTES || later - before >= before / MUCH_PART);
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
