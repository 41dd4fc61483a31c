package io.aiwm.inference.usage;

/** Takes note of calls that have ended. */
@FunctionalInterface
public interface UsageSink {
    /** Called on an event loop; returns at once. */
    void ended(CallUsage call);
}
