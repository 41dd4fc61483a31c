package io.aiwm.protocol.seal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;

/**
 * Logs who was refused and why: the first time at once, after that at most once in {@link #QUIET} with how often it happened
 * meanwhile, and never more than {@value #MAX_LINES} lines in that time. A stranger who knocks all night fills no disk, under
 * however many names. Safe to use from any thread.
 */
public final class RefusalLog {
    static final Duration QUIET = Duration.ofMinutes(10);
    static final int MAX_LINES = 50;
    private static final int MAX_KEPT = 1_000;
    private static final int MAX_NAME_CHARS = 200;
    private static final int MAX_REASON_CHARS = 500;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}\u2028\u2029]");

    private final Logger log;
    private final LongSupplier nanoTime;
    private long windowBegan;
    private int lines;
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
        String name = printable(who, MAX_NAME_CHARS);
        String reason = printable(String.valueOf(why), MAX_REASON_CHARS);
        Say say = note(name + "\n" + reason);
        if (say.times > 0) {
            log.warn("{} is refused: {}{}", name, reason, say.times == 1 ? "" : " (" + say.times + " times)");
        }
        if (say.last) {
            log.warn("more refusals follow; they are not told for the next {} minutes", QUIET.toMinutes());
        }
    }

    /** Names and reasons may come from the one who is refused: they begin no line of their own. */
    private static String printable(String text, int most) {
        return UNPRINTABLE
                .matcher(text.substring(0, Math.min(text.length(), most)))
                .replaceAll("?");
    }

    /** @param times how often since it was logged last; 0: not to be logged now. @param last of this time */
    private record Say(long times, boolean last) {}

    private synchronized Say note(String key) {
        long now = nanoTime.getAsLong();
        Kept known = kept.get(key);
        boolean isNew = known == null;
        if (isNew) {
            known = new Kept();
            kept.put(key, known);
        }
        known.since++;
        if (!isNew && now - known.loggedAt < QUIET.toNanos()) {
            return new Say(0, false);
        }
        known.loggedAt = now;
        if (lines == 0 || now - windowBegan >= QUIET.toNanos()) {
            windowBegan = now;
            lines = 0;
        }
        if (lines >= MAX_LINES) {
            return new Say(0, false);
        }
        lines++;
        long count = known.since;
        known.since = 0;
        return new Say(count, lines == MAX_LINES);
    }
}
