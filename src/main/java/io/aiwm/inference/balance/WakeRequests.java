package io.aiwm.inference.balance;

/** Has a deployment woken, not more often than once a second. Times are those of its balancer, which calls it under its lock. */
final class WakeRequests {
    private static final long EVERY_MILLIS = 1_000;

    private final Waker waker;
    private long lastAt = Long.MIN_VALUE / 2;

    WakeRequests(Waker waker) {
        this.waker = waker;
    }

    /** Whether it is asked for now; then it is not due again for a second. */
    boolean isDue(long now) {
        if (now - lastAt < EVERY_MILLIS) {
            return false;
        }
        lastAt = now;
        return true;
    }

    /** When it is due again. */
    long next() {
        return lastAt + EVERY_MILLIS;
    }

    /** Called outside of the lock. */
    void wake(String deploymentId) {
        waker.wake(deploymentId);
    }
}
