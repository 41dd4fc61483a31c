package io.aiwm.inference.balance;

/** Has a deployment woken for which calls wait while it has no replica. */
@FunctionalInterface
public interface Waker {
    /** Called on an event loop, again every second while calls wait; returns at once. */
    void wake(String deploymentId);

    Waker NONE = deploymentId -> {};
}
