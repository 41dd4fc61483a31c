package io.aiwm.controller.metrics;

/** What is kept of each sample. Several samples become one point by their mean, or by the largest of them. */
public enum Measure {
    /** Cores in use. */
    CPU("cpu", false),
    MEMORY("memoryBytes", true),
    /** How many GPUs are busy. */
    GPU("gpu", false),
    GPU_MEMORY("gpuMemoryBytes", true),
    RECEIVED("networkReceivedBytesPerSecond", false),
    SENT("networkSentBytesPerSecond", false),
    /** How often the engine has restarted the container. */
    RESTARTS("restarts", true);

    /** As answers name it. */
    public final String wire;

    private final boolean largest;

    Measure(String wire, boolean largest) {
        this.wire = wire;
        this.largest = largest;
    }

    /** Joins the samples from {@code from} to before {@code to} of a ring. Null where there is none. */
    Number joined(float[] ring, long from, long to) {
        double sum = 0;
        double most = 0;
        int count = 0;
        for (long slot = from; slot < to; slot++) {
            float value = ring[(int) (slot % ring.length)];
            if (!Float.isNaN(value)) {
                sum += value;
                most = Math.max(most, value);
                count++;
            }
        }
        return count == 0 ? null : rounded(largest ? most : sum / count);
    }

    private Number rounded(double value) {
        return switch (this) {
            case CPU, GPU -> Math.round(value * 1_000) / 1_000.0;
            case MEMORY, GPU_MEMORY, RECEIVED, SENT, RESTARTS -> Math.round(value);
        };
    }
}
