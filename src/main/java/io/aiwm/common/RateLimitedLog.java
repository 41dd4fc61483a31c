package io.aiwm.common;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Logs what may come again with every call: the first time at once, after that at most once in a quiet period with how
 * often it happened meanwhile, and never more than {@value #MAX_LINES} lines in that period. A disk that stays full, or a
 * stranger who knocks all night under however many names, fills no log. Texts may come from strangers: they begin no line
 * of their own and are cut. Safe to use from any thread.
 */
public final class RateLimitedLog {
    public static final int MAX_LINES = 50;
    private static final int MAX_KEPT = 1_000;
    private static final int MAX_NAME_CHARS = 300;
    private static final int MAX_DETAIL_CHARS = 500;

    private final Logger log;
    private final Level level;
    private final Duration quiet;
    private final LongSupplier nanoTime;
    private long windowBegan;
    private int lines;
    private final Cache<String, Kept> kept =
            Caffeine.newBuilder().maximumSize(MAX_KEPT).executor(Runnable::run).build();

    private static final class Kept {
        private String state;
        private boolean logged;
        private long loggedAt;
        private long since;
    }

    /** @param nanoTime a monotonic clock */
    public RateLimitedLog(Logger log, Level level, Duration quiet, LongSupplier nanoTime) {
        this.log = log;
        this.level = level;
        this.quiet = quiet;
        this.nanoTime = nanoTime;
    }

    /** Of strangers who try again: a warning once in ten minutes. */
    public static RateLimitedLog refusals(Logger log) {
        return new RateLimitedLog(log, Level.WARN, Duration.ofMinutes(10), System::nanoTime);
    }

    /** Of what comes with every call while something is broken, such as a full disk: an error once a minute. */
    public static RateLimitedLog failures(Logger log) {
        return new RateLimitedLog(log, Level.ERROR, Duration.ofMinutes(1), System::nanoTime);
    }

    /** Of single records that are looked at again and again: once an hour for as long as the trouble is the same. */
    public static RateLimitedLog troubles(Logger log, Level level) {
        return new RateLimitedLog(log, level, Duration.ofHours(1), System::nanoTime);
    }

    /** @param who the peer, as precisely as it is known. @param why goes on from there: "is refused: …" */
    public void refused(String who, String why) {
        String name = printable(who, MAX_NAME_CHARS);
        String reason = printable(why, MAX_DETAIL_CHARS);
        say(name + "\n" + reason, "", name + " is refused: " + reason, null);
    }

    /**
     * @param what failed and how; the same again is counted
     * @param detail of this failure, which makes it no other one; a throwable is written with its stack trace, for what
     *     nobody foresaw
     */
    public void failed(String what, Object detail) {
        String name = printable(what, MAX_NAME_CHARS);
        if (detail instanceof Throwable cause) {
            say(name, "", name, cause);
        } else {
            say(name, "", name + ": " + printable(String.valueOf(detail), MAX_DETAIL_CHARS), null);
        }
    }

    /**
     * @param id of the one thing that has the trouble
     * @param state of that thing, or empty: another state, or another cause, is logged at once
     */
    public void trouble(String id, String state, String text, Throwable cause) {
        say(id, state + "\n" + cause, printable(text, MAX_NAME_CHARS), cause);
    }

    /** The trouble of this thing is over: should it come back, it is logged at once. */
    public synchronized void over(String id) {
        kept.invalidate(id);
    }

    private void say(String key, String state, String text, Throwable cause) {
        Due due = due(key, state);
        if (due.times > 0) {
            String line = due.times == 1 ? text : text + " (" + due.times + " times)";
            var event = log.atLevel(level);
            if (cause == null) {
                event.log(line);
            } else {
                event.setCause(cause).log(line);
            }
        }
        if (due.last) {
            log.atLevel(level).log("more such lines follow; they are left out for the next {}", inWords(quiet));
        }
    }

    private static String inWords(Duration time) {
        return time.toMinutes() == 1 ? "minute" : time.toMinutes() + " minutes";
    }

    private static String printable(String text, int most) {
        return SingleLineText.of(String.valueOf(text), most);
    }

    /** @param times how often since it was logged last; 0: not to be logged now. @param last of this period */
    private record Due(long times, boolean last) {}

    private synchronized Due due(String key, String state) {
        long now = nanoTime.getAsLong();
        Kept known = kept.get(key, first -> new Kept());
        if (!state.equals(known.state)) {
            known.state = state;
            known.logged = false;
            known.since = 0;
        }
        known.since++;
        if (known.logged && now - known.loggedAt < quiet.toNanos()) {
            return new Due(0, false);
        }
        known.logged = true;
        known.loggedAt = now;
        if (lines == 0 || now - windowBegan >= quiet.toNanos()) {
            windowBegan = now;
            lines = 0;
        }
        if (lines >= MAX_LINES) {
            return new Due(0, false);
        }
        lines++;
        long count = known.since;
        known.since = 0;
        return new Due(count, lines == MAX_LINES);
    }
}
