package io.aiwm.worker.job;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;

/**
 * Until when work on files of a job may go on. Whatever takes as long as a stranger's files or patterns make it looks here
 * between two pieces of work, and ends with {@code timeout} when the time is over: no thread is lost to it. Thread-safe.
 */
public final class Until {
    private final Clock clock;
    private volatile Instant moment;

    public Until(Clock clock, Instant moment) {
        this.clock = clock;
        this.moment = moment;
    }

    /** From now on it is this moment. */
    synchronized void change(Instant other) {
        moment = other;
    }

    /** From now on it is this moment, unless it is an earlier one. */
    synchronized void notAfter(Instant other) {
        moment = other.isBefore(moment) ? other : moment;
    }

    boolean isOver() {
        return !clock.instant().isBefore(moment);
    }

    /** Fails with {@code timeout} when the time is over. */
    public void check() {
        if (isOver()) {
            throw new CommandFailure(ErrorCategory.TIMEOUT, "the command's time was over before it was done");
        }
    }

    /** The same stream, which looks at the time before each read. */
    public InputStream guard(InputStream in) {
        return new Guarded(in);
    }

    private final class Guarded extends FilterInputStream {
        Guarded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            check();
            return in.read();
        }

        @Override
        public int read(byte[] into, int at, int length) throws IOException {
            check();
            return in.read(into, at, length);
        }

        @Override
        public long skip(long most) throws IOException {
            check();
            return in.skip(most);
        }
    }
}
