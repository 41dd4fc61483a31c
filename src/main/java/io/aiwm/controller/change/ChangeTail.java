package io.aiwm.controller.change;

import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows changes from the moment somebody wants them and for as long as they are wanted, whichever controller makes them.
 * It has no position: who begins to listen reads the records first. While nobody wants changes it reads nothing.
 */
public final class ChangeTail {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeTail.class);
    private static final RateLimitedLog FAILURES = RateLimitedLog.failures(LOG);
    private static final int BATCH = 1_000;
    /** Hints that come within this time cause one look. */
    private static final long GATHER_MILLIS = 20;
    /** Other controllers' changes are found so late. */
    private static final long LOOK_EVERY_MILLIS = 250;

    private final Vertx vertx;
    private final Context context;
    private final DocumentStore store;
    private final Set<String> collections;
    private final Consumer<Change> listener;
    private final Runnable missed;
    private final AtomicBoolean hinted = new AtomicBoolean();
    private volatile boolean running;
    private volatile long wantedUntilNanos;
    /** Null while nobody wants changes. Of the context, as all below. */
    private ChangeReader reader;

    private long timer;
    private boolean waiting;

    /**
     * @param listener called with each change, of one record in the order of versions; must not block
     * @param missed called when changes were lost to this tail
     */
    public ChangeTail(
            Vertx vertx, DocumentStore store, Set<String> collections, Consumer<Change> listener, Runnable missed) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.store = store;
        this.collections = collections;
        this.listener = listener;
        this.missed = missed;
        store.onChange(this::hint);
    }

    /** Somebody wants changes from now on, and for so long. */
    public void want(Duration time) {
        wantedUntilNanos = System.nanoTime() + time.toNanos();
        context.runOnContext(go -> {
            if (!running) {
                running = true;
                reader = store.changes(collections, null);
                read();
            }
        });
    }

    private void hint() {
        if (running && !hinted.getAndSet(true)) {
            context.runOnContext(go -> {
                if (waiting && vertx.cancelTimer(timer)) {
                    sleep(GATHER_MILLIS);
                }
            });
        }
    }

    private void read() {
        waiting = false;
        hinted.set(false);
        if (System.nanoTime() - wantedUntilNanos >= 0) {
            running = false;
            reader = null;
            return;
        }
        Future.succeededFuture()
                .compose(go -> reader.next(BATCH))
                .onComplete(done -> context.runOnContext(go -> {
                    if (done.failed()) {
                        FAILURES.failed("changes cannot be read", done.cause().getMessage());
                        sleep(LOOK_EVERY_MILLIS);
                        return;
                    }
                    if (done.result().lost()) {
                        missed.run();
                    }
                    done.result().changes().forEach(this::tell);
                    if (done.result().more()) {
                        read();
                    } else {
                        sleep(hinted.get() ? GATHER_MILLIS : LOOK_EVERY_MILLIS);
                    }
                }));
    }

    private void tell(Change change) {
        try {
            listener.accept(change);
        } catch (RuntimeException cause) {
            LOG.error("a listener to {} broke", change.entryId(), cause);
        }
    }

    private void sleep(long millis) {
        waiting = true;
        timer = vertx.setTimer(millis, due -> read());
    }
}
