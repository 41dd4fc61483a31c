package io.aiwm.common;

import java.util.concurrent.TimeUnit;

/** Milliseconds that only pass, whatever is done to the time of day; their beginning means nothing. */
public final class Monotonic {
    private Monotonic() {}

    public static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
