package io.aiwm.controller.autoscale;

/** How far a model on shared GPUs is. */
enum SharedGpuState {
    ASLEEP,
    WAITING,
    LOADING,
    READY,
    YIELDING,
    LEAVING
}
