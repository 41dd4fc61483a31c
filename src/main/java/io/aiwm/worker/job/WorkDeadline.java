package io.aiwm.worker.job;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;

/**
 * Until when work on the files of a job may go on. Work whose length depends on a user's files or patterns checks the deadline
 * between two steps and fails with {@code timeout} after it, so that no thread is blocked for ever. Thread-safe.
 */
public final class WorkDeadline {
    /** Skipped at once, before the next look at the time: a stream that cannot seek reads all that it skips. */
    private static final long MOST_SKIPPED = 1 << 20;

    /** The time that work has to notice the deadline by itself, before its caller stops waiting. */
    private static final long STUCK_MILLIS = 2_000;

    private final Clock clock;
    private volatile Instant moment;

    public WorkDeadline(Clock clock, Instant moment) {
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

    /**
     * The same result, or {@code timeout} soon after the time is over: work that is held up where it cannot look at the time
     * is not waited for.
     */
    <T> Future<T> limit(Vertx vertx, Future<T> work) {
        Promise<T> first = Promise.promise();
        long timer = vertx.setPeriodic(STUCK_MILLIS, look -> {
            if (!clock.instant().isBefore(moment.plusMillis(STUCK_MILLIS))) {
                first.tryFail(timeOver());
            }
        });
        work.onComplete(first::tryComplete, first::tryFail);
        return first.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** Fails with {@code timeout} when the time is over. */
    public void check() {
        if (isOver()) {
            throw timeOver();
        }
    }

    private static CommandFailure timeOver() {
        return new CommandFailure(ErrorCategory.TIMEOUT, "the command's time was over before it was done");
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
            return in.skip(Math.min(most, MOST_SKIPPED));
        }
    }
}
