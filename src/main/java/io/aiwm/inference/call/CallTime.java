package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import java.time.Duration;

/** Until when a call waits for what comes next, and what happens then. */
final class CallTime {
    private long deadline;
    private Runnable late;

    /** This happens unless something else is said before the time is over. */
    void limit(Duration time, Runnable then) {
        deadline = Monotonic.millis() + time.toMillis();
        late = then;
    }

    void unlimited() {
        deadline = Long.MAX_VALUE;
    }

    /** In milliseconds of {@link Monotonic}. */
    long deadline() {
        return deadline;
    }

    void expired() {
        unlimited();
        late.run();
    }
}
