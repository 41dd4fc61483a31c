package io.aiwm.controller.model.estimate;

import java.util.List;

/**
 * An estimate beside what was measured, and what placement goes by.
 *
 * <p>A measurement only raises an estimate. What was used until now is no limit of what will be: buffers are reserved and
 * become resident as long prompts come, so a lower measurement may mean that no such prompt came yet.
 *
 * @param measured null: nothing was measured in this setup
 * @param memoryBytes on the host
 * @param gpuMemoryBytes on each GPU
 */
public record CorrectedEstimate(
        MemoryEstimate estimated, MeasuredUse measured, long memoryBytes, List<Long> gpuMemoryBytes) {
    public CorrectedEstimate {
        gpuMemoryBytes = gpuMemoryBytes == null ? List.of() : List.copyOf(gpuMemoryBytes);
    }

    /** @param measured in the same setup; null: nothing was */
    public static CorrectedEstimate of(MemoryEstimate estimated, MeasuredUse measured) {
        return measured == null
                ? new CorrectedEstimate(estimated, null, estimated.memoryBytes(), estimated.gpuMemoryBytes())
                : new CorrectedEstimate(
                        estimated,
                        measured,
                        Math.max(estimated.memoryBytes(), measured.memoryBytes()),
                        MeasuredUse.most(estimated.gpuMemoryBytes(), measured.gpuMemoryBytes()));
    }

    /** On the host and on all GPUs. */
    public long totalBytes() {
        return gpuMemoryBytes.stream().reduce(memoryBytes, Long::sum);
    }
}
