package io.aiwm.controller.http;

import java.util.concurrent.TimeUnit;

/** Milliseconds that only pass, whatever is done to the time of day; their beginning means nothing. */
final class Monotonic {
    private Monotonic() {}

    static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
