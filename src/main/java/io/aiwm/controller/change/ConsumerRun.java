package io.aiwm.controller.change;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.store.Change;
import io.aiwm.controller.store.ChangeReader;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells one consumer the changes, one after the other, on a context of its own. Its position is stored when everything read
 * so far is done, at most once a second; what was done since then is told again by whoever goes on after a kill.
 */
final class ConsumerRun {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerRun.class);
    /** A consumer that takes longer over one change has failed. */
    static final Duration PATIENCE = Duration.ofSeconds(8);

    static final int BATCH = 500;
    /** Of a consumer that takes many at once: what it does costs little more for many. */
    private static final int LARGE_BATCH = 2_000;

    private static final Duration SAVE_EVERY = Duration.ofSeconds(1);
    private static final Duration RENEW_EVERY = Duration.ofSeconds(5);
    /** Hints that come within this time cause one look. */
    private static final Duration GATHER = Duration.ofMillis(250);
    /** Without a hint: other controllers' changes are found so late, and a lost hint costs so much. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LAST_RETRY = Duration.ofSeconds(15);
    private static final Duration NOW = Duration.ZERO;

    private final Vertx vertx;
    private final Context context;
    private final DocumentStore store;
    private final ChangeConsumer consumer;
    private final ConsumerLease lease;
    private final RateLimitedLog troubles = RateLimitedLog.troubles(LOG, Level.WARN);
    private final AtomicBoolean hinted = new AtomicBoolean();
    private final Queue<Change> pending = new ArrayDeque<>();
    private final Promise<Void> ended = Promise.promise();
    private ChangeReader reader;
    private boolean resync;
    private boolean more;
    private String saved;
    private long savedNanos;
    private int failures;
    private boolean waiting;
    private long timer;
    private volatile boolean stopping;
    private volatile String trouble;

    ConsumerRun(Vertx vertx, Context context, DocumentStore store, ChangeConsumer consumer, ConsumerLease lease) {
        this.vertx = vertx;
        this.context = context;
        this.store = store;
        this.consumer = consumer;
        this.lease = lease;
    }

    void start() {
        context.runOnContext(go -> loop());
    }

    /** What it is stuck at; null where all is well. */
    String trouble() {
        return trouble;
    }

    /** Something changed. From any thread. */
    void hint() {
        if (!hinted.getAndSet(true)) {
            context.runOnContext(go -> {
                if (waiting && failures == 0 && vertx.cancelTimer(timer)) {
                    sleep(GATHER);
                }
            });
        }
    }

    /** Ends after the change that is being told. */
    Future<Void> stop() {
        stopping = true;
        context.runOnContext(go -> {
            if (waiting && vertx.cancelTimer(timer)) {
                loop();
            }
        });
        return ended.future();
    }

    private void loop() {
        waiting = false;
        if (stopping) {
            lease.release().onComplete(released -> ended.tryComplete());
            return;
        }
        hinted.set(false);
        // a step may end on another context, or at once: a hop keeps the stack flat
        Future.succeededFuture()
                .compose(go -> step())
                .onComplete(done -> context.runOnContext(go -> {
                    Duration wait = done.succeeded() ? done.result() : failed(done.cause());
                    if (wait.isZero()) {
                        loop();
                    } else {
                        sleep(hinted.get() && failures == 0 ? GATHER : wait);
                    }
                }));
    }

    private void sleep(Duration wait) {
        waiting = true;
        timer = vertx.setTimer(wait.toMillis(), due -> loop());
    }

    /** @return how long to wait before the next one */
    private Future<Duration> step() {
        if (!lease.isHeld()) {
            reader = null;
            pending.clear();
            return lease.take().map(taken -> taken ? NOW : LOOK_EVERY);
        }
        if (reader == null) {
            reader = store.changes(consumer.collections(), lease.position());
            resync = lease.position() == null;
            saved = lease.position();
            consumer.again();
        }
        if (resync) {
            return resync();
        }
        if (pending.isEmpty()) {
            return read();
        }
        return isRenewalDue() ? lease.save(saved).map(NOW) : tell(pending.peek());
    }

    private Future<Duration> resync() {
        // what changes while the consumer reads the records is told afterwards
        Future<?> placed = reader.position() == null ? reader.next(1) : Future.succeededFuture();
        return placed.compose(there -> patiently(consumer.resync())).compose(done -> {
            resync = false;
            well();
            return save();
        });
    }

    private Future<Duration> read() {
        return reader.next(consumer instanceof BatchConsumer ? LARGE_BATCH : BATCH)
                .compose(batch -> {
                    more = batch.more();
                    if (batch.lost()) {
                        LOG.warn(
                                "consumer {} was away for longer than changes are kept, and reads the records instead",
                                consumer.name());
                        resync = true;
                        return Future.succeededFuture(NOW);
                    }
                    pending.addAll(
                            consumer instanceof BatchConsumer
                                    ? batch.changes().stream()
                                            .filter(consumer::wants)
                                            .toList()
                                    : newest(batch.changes()));
                    if (!pending.isEmpty()) {
                        return Future.succeededFuture(NOW);
                    }
                    failures = 0;
                    return isSaveDue() ? save().map(next -> more ? NOW : LOOK_EVERY) : idle();
                });
    }

    private Future<Duration> idle() {
        return Future.succeededFuture(more ? NOW : LOOK_EVERY);
    }

    /** Of each record the newest change, which stands where it stood. */
    private List<Change> newest(List<Change> changes) {
        record Key(String collection, String id) {}
        Map<Key, Change> newest = new LinkedHashMap<>();
        for (Change change : changes) {
            if (consumer.wants(change)) {
                var key = new Key(change.collection(), change.id());
                newest.remove(key);
                newest.put(key, change);
            }
        }
        return List.copyOf(newest.values());
    }

    private Future<Duration> tell(Change change) {
        List<Change> told = consumer instanceof BatchConsumer ? List.copyOf(pending) : List.of(change);
        Future<?> done = consumer instanceof BatchConsumer batches ? batches.changed(told) : consumer.changed(change);
        return patiently(done).compose(well -> {
            told.forEach(each -> pending.remove());
            well();
            if (pending.isEmpty() && isSaveDue()) {
                return save();
            }
            // else a busy one would be told a few at a time, as fast as it can take them
            return Future.succeededFuture(consumer instanceof BatchConsumer && !more ? GATHER : NOW);
        });
    }

    private boolean isSaveDue() {
        String position = reader.position();
        boolean moved = position != null && !position.equals(saved);
        boolean rested = System.nanoTime() - savedNanos >= SAVE_EVERY.toNanos();
        return (moved && rested) || isRenewalDue();
    }

    private boolean isRenewalDue() {
        return lease.sinceProof().compareTo(RENEW_EVERY) >= 0;
    }

    private Future<Duration> save() {
        String position = reader.position();
        return lease.save(position).map(kept -> {
            saved = position;
            savedNanos = System.nanoTime();
            return NOW;
        });
    }

    private static Future<?> patiently(Future<?> work) {
        return work.timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void well() {
        failures = 0;
        if (trouble != null) {
            trouble = null;
            troubles.over(consumer.name());
        }
    }

    private Duration failed(Throwable cause) {
        consumer.again();
        Change at = pending.peek();
        String where = at == null ? "its position" : at.entryId();
        trouble = consumer.name() + " at " + where + ": " + Failure.of(cause).getMessage();
        troubles.trouble(
                consumer.name(),
                where,
                "consumer " + consumer.name() + " fails at " + where + " and tries again",
                cause);
        long wait = FIRST_RETRY.toMillis() << Math.min(failures++, 10);
        return Duration.ofMillis(Math.min(wait, LAST_RETRY.toMillis()));
    }
}
