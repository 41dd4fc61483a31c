package io.aiwm.controller.model.estimate;

/** How numbers of the key/value cache are kept, by the names that engines take. */
public enum CacheType {
    f32(1, 4),
    f16(1, 2),
    bf16(1, 2),
    fp8(1, 1),
    q8_0(32, 34),
    q5_1(32, 24),
    q5_0(32, 22),
    q4_1(32, 20),
    q4_0(32, 18),
    iq4_nl(32, 18);

    private final int blockNumbers;
    private final int blockBytes;

    CacheType(int blockNumbers, int blockBytes) {
        this.blockNumbers = blockNumbers;
        this.blockBytes = blockBytes;
    }

    /** Of so many numbers that lie together. */
    long bytes(long numbers) {
        return Math.multiplyExact((numbers + blockNumbers - 1) / blockNumbers, (long) blockBytes);
    }

    /** Whether several numbers share a scale. */
    public boolean quantised() {
        return blockNumbers > 1;
    }
}
