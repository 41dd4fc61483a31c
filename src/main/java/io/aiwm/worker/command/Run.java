package io.aiwm.worker.command;

import io.aiwm.common.Json;
import io.aiwm.protocol.CommandProgress;
import io.aiwm.protocol.TransferProgress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One command while its handler works: thins its progress to one message a second, and tells it to stop. What has been
 * decided stays decided, even if the handler ends differently later.
 */
final class Run {
    static final long PROGRESS_EVERY_MS = 1_000;
    /** How long a cancelled handler may take, at least, before its command is reported cancelled without it. */
    static final long CANCEL_GRACE_MS = 30_000;
    /** How long a handler that was given up keeps its place among maxParallel. */
    static final long SLOT_GRACE_MS = 60_000;

    final CommandEntry entry;
    private final Clock clock;
    private final Uplink uplink;
    private final Runnable placeFreed;
    /** For how many things it does nothing but wait. */
    private final AtomicInteger idle = new AtomicInteger();

    private final Promise<Void> cancelled = Promise.promise();
    private boolean cancelRequested;
    private long stopAskedAt;
    private long decidedAt;

    private CommandProgress waiting;
    private long progressSentAt;

    /** @param placeFreed called on any thread when the command begins to do nothing but wait */
    Run(CommandEntry entry, Clock clock, Uplink uplink, Runnable placeFreed) {
        this.placeFreed = placeFreed;
        this.entry = entry;
        this.clock = clock;
        this.uplink = uplink;
    }

    Command command() {
        return new Command(
                entry.id(),
                entry.name(),
                entry.data(),
                Instant.ofEpochMilli(entry.deadline()),
                progress(),
                cancelled.future());
    }

    void cancel() {
        cancelRequested = true;
        askToStop();
    }

    /** Completes the cancel of the handler, whose outcome does not matter any more. */
    private void askToStop() {
        if (cancelled.tryComplete()) {
            stopAskedAt = clock.millis();
        }
    }

    boolean wasCancelled() {
        return cancelRequested;
    }

    boolean isDecided() {
        return decidedAt > 0;
    }

    void decided() {
        decidedAt = clock.millis();
    }

    /** Whether another may run in its place for now. */
    boolean isIdle() {
        return idle.get() > 0;
    }

    /** What to report without waiting for the handler any longer; null while it may go on. */
    Outcome overdue(long now) {
        if (isDecided()) {
            return null;
        }
        if (now >= entry.overAt()) {
            askToStop();
            return Outcome.timeout();
        }
        long patience = Math.max(CANCEL_GRACE_MS, Command.overtime(entry.data()).toMillis());
        boolean ignoresCancel = cancelRequested && now >= stopAskedAt + patience;
        return ignoresCancel ? Outcome.cancelled("cancelled; its handler did not stop in time") : null;
    }

    boolean isAbandoned(long now) {
        return isDecided() && now >= decidedAt + SLOT_GRACE_MS;
    }

    private Progress progress() {
        return new Progress() {
            @Override
            public void accept(Integer percent, String words) {
                transferred(percent, words, null);
            }

            @Override
            public void transferred(int percent, String words, TransferProgress transfer) {
                synchronized (Run.this) {
                    waiting =
                            new CommandProgress(null, entry.id(), Math.min(100, Math.max(0, percent)), words, transfer);
                }
                sendProgress(clock.millis());
            }

            @Override
            public <T> Future<T> idleUntil(Future<T> over) {
                if (!over.isComplete()) {
                    idle.incrementAndGet();
                    over.onComplete(ended -> idle.decrementAndGet());
                    placeFreed.run();
                }
                return over;
            }
        };
    }

    void sendProgress(long now) {
        CommandProgress due;
        synchronized (this) {
            if (waiting == null || isDecided() || now < progressSentAt + PROGRESS_EVERY_MS) {
                return;
            }
            due = waiting;
            waiting = null;
            progressSentAt = now;
        }
        uplink.send(CommandProgress.TYPE, Json.toObject(due), entry.id());
    }
}
