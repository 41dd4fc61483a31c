package io.aiwm.controller.event;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What a person at the controller's console wants to know: one line for each change, with who asked for it. At most {@value
 * #MOST_LINES} lines a second; of more, how many there were, so that a busy fleet neither drowns the log nor is slowed by it.
 * Any thread may call.
 */
public final class ConsoleLog {
    static final int MOST_LINES = 20;
    private static final long SECOND = 1_000_000_000;
    private static final ConsoleLog OURS = new ConsoleLog(LoggerFactory.getLogger(ConsoleLog.class), System::nanoTime);

    private final Logger log;
    private final LongSupplier nanos;
    private long began;
    private int lines;
    private long left;

    ConsoleLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        this.began = nanos.getAsLong();
    }

    /** The one of this process. */
    public static ConsoleLog ours() {
        return OURS;
    }

    /** Something happened as somebody wanted it. */
    public void tell(String line, Object... values) {
        write(Level.INFO, line, values);
    }

    /** Something went wrong. */
    public void warn(String line, Object... values) {
        write(Level.WARN, line, values);
    }

    private void write(Level level, String line, Object... values) {
        long more = admit();
        if (more > 0) {
            log.info("{} more changes at that time are not told", more);
        }
        if (more >= 0) {
            log.atLevel(level).log(line, values);
        }
    }

    /** @return how many were left out before; -1: this one is, too */
    private synchronized long admit() {
        long now = nanos.getAsLong();
        if (now - began >= SECOND) {
            began = now;
            lines = 0;
        }
        if (lines >= MOST_LINES) {
            left++;
            return -1;
        }
        lines++;
        long before = left;
        left = 0;
        return before;
    }
}
