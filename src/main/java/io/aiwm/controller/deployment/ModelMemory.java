package io.aiwm.controller.deployment;

import java.util.List;

/**
 * What a model takes in its engine: what its replicas are placed by.
 *
 * @param memoryBytes of the host; null: it could not be estimated
 * @param gpuMemoryBytes of each GPU; null: none
 * @param note why it could not be estimated; null: it was
 */
public record ModelMemory(Long memoryBytes, List<Long> gpuMemoryBytes, String note) {
    /** Of the host's estimate, and at least this, for what nobody counts: the limit must never be what ends a container. */
    private static final int SPARE_PART = 4;

    private static final long SPARE_BYTES = 256L << 20;

    public ModelMemory {
        gpuMemoryBytes = gpuMemoryBytes == null ? null : List.copyOf(gpuMemoryBytes);
    }

    static ModelMemory unknown(String why) {
        return new ModelMemory(null, null, why);
    }

    /** The limit of a container; null: none is known. @param shmBytes of its {@code /dev/shm}, which counts as its memory */
    Long limit(Long shmBytes) {
        return memoryBytes == null
                ? null
                : memoryBytes + Math.max(memoryBytes / SPARE_PART, SPARE_BYTES) + (shmBytes == null ? 0 : shmBytes);
    }
}
