package io.aiwm.controller.store;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Writes failures to the log that come again with every call while something is broken, such as a full disk: the first
 * of its kind at once, then at most one line in {@link #QUIET} that says how often it came. Safe for several threads.
 */
final class FailureLog {
    static final Duration QUIET = Duration.ofMinutes(1);

    private static final class Seen {
        boolean said;
        long saidNanos;
        /** Since it was said last. */
        long times;
    }

    private final Logger log;
    private final LongSupplier nanos;
    private final Map<String, Seen> kinds = new ConcurrentHashMap<>();

    FailureLog(Logger log) {
        this(log, System::nanoTime);
    }

    FailureLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
    }

    /**
     * @param kind what failed and how: one of few texts, because each is remembered
     * @param detail of this failure; a throwable is written with its stack trace, for what nobody foresaw
     */
    void failed(String kind, Object detail) {
        Seen seen = kinds.computeIfAbsent(kind, first -> new Seen());
        synchronized (seen) {
            long now = nanos.getAsLong();
            seen.times++;
            if (seen.said && now - seen.saidNanos < QUIET.toNanos()) {
                return;
            }
            String text = seen.times > 1 ? kind + " (" + seen.times + " times)" : kind;
            seen.said = true;
            seen.saidNanos = now;
            seen.times = 0;
            if (detail instanceof Throwable cause) {
                log.error(text, cause);
            } else {
                log.error("{}: {}", text, detail);
            }
        }
    }
}
