package io.aiwm.worker.model;

/**
 * How many bytes all contents together may have.
 *
 * @param bytes null: a share of what the disk has left for them; 0: no limit
 */
record CacheLimit(Long bytes) {
    private static final double SHARE = 0.8;

    /** @param cachedBytes of what is here. @param freeBytes on its disk. @return 0: no limit */
    long bytes(long cachedBytes, long freeBytes) {
        return bytes != null ? bytes : Math.max(1, (long) ((cachedBytes + freeBytes) * SHARE));
    }
}
