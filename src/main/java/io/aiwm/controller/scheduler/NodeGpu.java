package io.aiwm.controller.scheduler;

/** One GPU of the node. */
final class NodeGpu {
    /** A GPU with more than this share in use by others is not whole. */
    private static final double WHOLE = 0.1;

    final int index;
    final String model;
    final long capacity;
    final String outOfService;
    long claimed;
    int claims;
    long foreign;

    NodeGpu(int index, String model, long capacity, String outOfService) {
        this.index = index;
        this.model = model;
        this.capacity = capacity;
        this.outOfService = outOfService;
    }

    long free() {
        return Math.max(0, capacity - claimed - foreign);
    }

    boolean isWhole() {
        return claims == 0 && isLittleUsed();
    }

    boolean isLittleUsed() {
        return foreign <= capacity * WHOLE;
    }

    boolean isOf(String wanted) {
        return wanted == null || (model != null && model.contains(wanted));
    }
}
