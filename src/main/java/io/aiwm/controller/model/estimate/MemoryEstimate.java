package io.aiwm.controller.model.estimate;

import java.util.List;

/**
 * How much memory a model takes in an engine.
 *
 * @param totalBytes on the host and on all GPUs
 * @param memoryBytes on the host
 * @param gpuMemoryBytes on each GPU, in their order; empty: none is used
 * @param parts what the sums are made of
 * @param basis what was assumed, in sentences
 */
public record MemoryEstimate(
        EngineKind engine,
        long totalBytes,
        long memoryBytes,
        List<Long> gpuMemoryBytes,
        List<Part> parts,
        List<String> basis) {
    public MemoryEstimate {
        gpuMemoryBytes = gpuMemoryBytes == null ? List.of() : List.copyOf(gpuMemoryBytes);
        parts = parts == null ? List.of() : List.copyOf(parts);
        basis = basis == null ? List.of() : List.copyOf(basis);
    }

    /**
     * One term of the sum.
     *
     * @param name {@code weights}, {@code kvCache}, {@code recurrentState}, {@code computeBuffers}, {@code workBuffer},
     *     {@code cudaGraphs}, {@code engineOverhead} or {@code headroom}
     * @param memoryBytes on the host
     * @param gpuMemoryBytes on all GPUs together
     */
    public record Part(String name, long memoryBytes, long gpuMemoryBytes) {}
}
