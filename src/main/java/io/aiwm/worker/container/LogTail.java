package io.aiwm.worker.container;

import io.aiwm.protocol.ErrorCategory;
import io.aiwm.worker.command.CommandFailure;
import io.vertx.core.Vertx;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Follows a container's log by reading the end of it again and again. The engine's own following ends, skips lines or
 * repeats them when it begins a new file of the log. A line is known again by when and how the engine says it was written;
 * where the last one that was told is not there any more, that is said in the log.
 */
public final class LogTail implements Engine.Subscription {
    /** Receives a log that is followed. */
    interface Listener extends Engine.LogListener {
        /** What comes next does not follow on what came before: there was more, which the engine has no more. */
        void missing(String note);

        /** A line, or a part of a long one. @param stamp when it was written, as the engine writes that */
        default void line(String stream, String stamp, byte[] bytes) {
            on(stream, bytes);
        }
    }

    public static final String MISSING =
            "[aiwm] lines are missing here: the engine did not keep them until they could be read\n";

    private static final int ALL = -1;
    /** So many lines are read at first, and so many times more where the last that was told is not among them. */
    private static final int FEW = 256;

    private static final int MORE = 16;
    private static final int MOST = FEW * MORE * MORE;
    private static final long SOON_MILLIS = 100;
    private static final long LATER_MILLIS = 500;

    private final Vertx vertx;
    private final Engine engine;
    private final String containerId;
    private final Listener listener;
    private volatile boolean over;
    /** Whether it goes on after the container has ended, until that is removed. */
    private volatile boolean keep;

    private volatile Engine.Subscription reading;
    /** The last line that was told, and when it was written; null: none yet. */
    private volatile String last;

    private String lastStamp;
    /** How many in a row were like it: a clock that is not fine enough gives many lines one time. */
    private int alike;

    /**
     * The last line that was told is not there any more, and nothing has been told since. That alone does not mean that
     * lines are missing: a container that is being removed has none, and then the reader looks where its log is kept.
     */
    private volatile boolean gap;

    private volatile long pause = SOON_MILLIS;

    private LogTail(Vertx vertx, Engine engine, String containerId, Listener listener) {
        this.vertx = vertx;
        this.engine = engine;
        this.containerId = containerId;
        this.listener = listener;
    }

    /**
     * @param tail how many of the last lines to begin with; -1: all
     * @param keep see {@link #keep}
     * @param listener may block
     */
    static LogTail begin(Vertx vertx, Engine engine, String containerId, int tail, boolean keep, Listener listener) {
        var log = new LogTail(vertx, engine, containerId, listener);
        log.keep = keep;
        // of no lines the last is read all the same: what follows it is wanted
        log.read(tail == 0 ? 1 : tail, tail == 0 ? Told.NOTHING : Told.ALL, false);
        return log;
    }

    /** Whether it goes on after the container has ended, which may be started again, until that is removed. */
    void keep(boolean further) {
        keep = further;
    }

    @Override
    public void end() {
        over = true;
        Engine.Subscription under = reading;
        if (under != null) {
            under.end();
        }
    }

    /** What of a reading is told. */
    private enum Told {
        ALL,
        /** What comes after the last line that was told. */
        NEW,
        NOTHING
    }

    /** @param complete the container had ended before: nothing comes after it */
    private void read(int lines, Told told, boolean complete) {
        if (!over) {
            reading = engine.logs(containerId, lines, true, new Reading(lines, told, complete));
            if (over) {
                reading.end();
            }
        }
    }

    private void next(boolean complete) {
        read(last == null ? ALL : FEW, last == null ? Told.ALL : Told.NEW, complete);
    }

    private void again(boolean news) {
        pause = news ? SOON_MILLIS : Math.min(LATER_MILLIS, pause * 2);
        vertx.setTimer(pause, later -> {
            if (news) {
                next(false);
            } else if (!over) {
                engine.inspect(containerId)
                        .onComplete(found -> next(found.succeeded()
                                && hasEnded(found.result())
                                && !(keep && found.result().isPresent())));
            }
        });
    }

    private static CommandFailure forgotten() {
        return new CommandFailure(
                ErrorCategory.LOST, "the engine did not keep the last lines until they could be read");
    }

    /** The engine answers 409 for the log of a container that it is removing: that is the end of it, and no fault. */
    private static boolean isBeingRemoved(Throwable cause) {
        return cause instanceof CommandFailure failure && failure.error.category() == ErrorCategory.CONFLICT;
    }

    private static boolean hasEnded(Optional<EngineContainer> found) {
        return found.isEmpty() || found.get().state().isEnded();
    }

    /** One reading; the engine tells it on one thread. */
    private final class Reading implements Engine.LogListener {
        private final int lines;
        private final Told told;
        private final boolean complete;
        private final Map<String, LogEntries> streams = new HashMap<>();
        private boolean begun;
        /** It begins in the midst of lines of one time: whether the last was among those before cannot be told. */
        private boolean blind;

        private int matches;
        private boolean found;
        private boolean news;

        Reading(int lines, Told told, boolean complete) {
            this.lines = lines;
            this.told = told;
            this.complete = complete;
            this.found = told != Told.NEW;
        }

        @Override
        public void on(String stream, byte[] bytes) {
            LogEntries entries = streams.computeIfAbsent(stream, fresh -> new LogEntries());
            entries.add(bytes);
            for (LogEntries.Entry entry = entries.next(); entry != null; entry = entries.next()) {
                entry(stream, entry);
            }
        }

        private void entry(String stream, LogEntries.Entry entry) {
            String line = stream + " " + entry.stamp + " " + Arrays.hashCode(entry.payload);
            if (!found) {
                blind |= !begun && lines != ALL && entry.stamp.equals(lastStamp);
                begun = true;
                found = !blind && line.equals(last) && ++matches == alike;
                return;
            }
            alike = line.equals(last) ? alike + 1 : 1;
            last = line;
            lastStamp = entry.stamp;
            if (told != Told.NOTHING && !over) {
                news = true;
                tellGap();
                listener.line(stream, entry.stamp, entry.payload);
            }
        }

        private void tellGap() {
            if (gap) {
                gap = false;
                listener.missing(MISSING);
            }
        }

        @Override
        public void ended(Throwable cause) {
            if (over) {
                return;
            }
            if (cause != null) {
                over = true;
                listener.ended(isBeingRemoved(cause) ? null : cause);
            } else if (!found && lines != ALL) {
                read(lines >= MOST ? ALL : lines * MORE, Told.NEW, complete);
            } else if (!found) {
                gap = true;
                read(ALL, Told.ALL, complete);
            } else if (complete) {
                // what the program wrote last may have no end of a line
                streams.forEach((stream, entries) -> {
                    LogEntries.Entry rest = entries.rest();
                    if (rest != null) {
                        entry(stream, rest);
                    }
                });
                over = true;
                listener.ended(gap ? forgotten() : null);
            } else {
                again(news);
            }
        }
    }
}
