package io.aiwm.protocol.seal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Logs who was refused and why: the first time at once, after that at most once in {@link #QUIET} with how often it happened
 * meanwhile. A stranger who knocks all night fills no disk. Safe to use from any thread.
 */
public final class RefusalLog {
    static final Duration QUIET = Duration.ofMinutes(10);
    private static final int MAX_KEPT = 1_000;
    private static final int MAX_NAME_CHARS = 200;

    private final Logger log;
    private final LongSupplier nanoTime;
    private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > MAX_KEPT;
        }
    };

    private static final class Kept {
        private long loggedAt;
        private long since;
    }

    /** @param nanoTime a monotonic clock */
    public RefusalLog(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    /** @param who the peer, as precisely as it is known. @param why goes on from there: "is refused: …" */
    public void refused(String who, String why) {
        String name = who.substring(0, Math.min(who.length(), MAX_NAME_CHARS));
        long times = note(name + "\n" + why);
        if (times > 0) {
            log.warn("{} is refused: {}{}", name, why, times == 1 ? "" : " (" + times + " times)");
        }
    }

    /** @return how often since it was logged last; 0: not to be logged now */
    private synchronized long note(String key) {
        long now = nanoTime.getAsLong();
        Kept known = kept.get(key);
        if (known == null) {
            known = new Kept();
            known.loggedAt = now;
            kept.put(key, known);
            return 1;
        }
        known.since++;
        if (now - known.loggedAt < QUIET.toNanos()) {
            return 0;
        }
        long count = known.since;
        known.since = 0;
        known.loggedAt = now;
        return count;
    }
}
