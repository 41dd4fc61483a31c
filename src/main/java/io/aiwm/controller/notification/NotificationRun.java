package io.aiwm.controller.notification;

import io.aiwm.common.Failure;
import io.aiwm.common.RateLimitedLog;
import io.aiwm.controller.change.ConsumerLease;
import io.aiwm.controller.eventlog.EventTail;
import io.aiwm.controller.store.DocumentStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log of events and sends notifications, on the one controller that holds the lease. Its position in the log is stored after
 * the deliveries of all events before it, so a kill repeats at most what is there already.
 */
public final class NotificationRun {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationRun.class);
    private static final RateLimitedLog FAILURES = RateLimitedLog.failures(LOG);
    static final String NAME = "notifications";
    private static final int AT_ONCE = 500;
    private static final Duration RENEW_EVERY = Duration.ofSeconds(5);
    private static final Duration NOW = Duration.ZERO;
    /** Another controller's lease is looked at so often, and a hint that is lost costs so much. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Context context;
    private final EventTail events;
    private final ConsumerLease lease;
    private final Dispatch dispatch;
    private final Deliveries deliveries;
    private final Function<Target, Sender> senders;
    private final InstantSource clock;
    private final Map<String, TargetRun> runs = new HashMap<>();
    private final Promise<Void> ended = Promise.promise();
    private Runnable leave = () -> {};
    private boolean waiting;
    private boolean hinted;
    private long timer;
    private volatile boolean started;
    private volatile boolean stopping;

    /** @param senders null for a target that cannot be sent to: what is for it waits */
    NotificationRun(
            Vertx vertx,
            EventTail events,
            ConsumerLease lease,
            Dispatch dispatch,
            Deliveries deliveries,
            Function<Target, Sender> senders,
            InstantSource clock) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.events = events;
        this.lease = lease;
        this.dispatch = dispatch;
        this.deliveries = deliveries;
        this.senders = senders;
        this.clock = clock;
    }

    /** Which controller it is. @param alone whether no other can use the store */
    public record Place(String controllerId, boolean alone) {}

    public static NotificationRun of(
            Vertx vertx,
            DocumentStore store,
            Place place,
            EventTail events,
            Rules rules,
            Targets targets,
            Deliveries deliveries,
            Senders senders,
            InstantSource clock) {
        return new NotificationRun(
                vertx,
                events,
                ConsumerLease.of(store, NAME, place.controllerId, place.alone),
                new Dispatch(rules, targets, deliveries, clock),
                deliveries,
                senders::of,
                clock);
    }

    /** After the store is open. */
    public void start() {
        leave = events.listen(this::hint);
        started = true;
        context.runOnContext(go -> loop());
    }

    /** There may be something to do. From any thread. */
    void hint() {
        context.runOnContext(go -> {
            hinted = true;
            if (waiting && vertx.cancelTimer(timer)) {
                loop();
            }
        });
    }

    /** Ends, and leaves the work to another controller. Also of one that never started, as that of a controller that may not join. */
    public Future<Void> close() {
        if (!started) {
            return Future.succeededFuture();
        }
        leave.run();
        stopping = true;
        hint();
        return ended.future();
    }

    private void loop() {
        waiting = false;
        hinted = false;
        if (stopping) {
            lease.release().onComplete(released -> ended.tryComplete());
            return;
        }
        Future.succeededFuture()
                .compose(go -> step())
                .onComplete(done -> context.runOnContext(go -> {
                    Duration wait = done.succeeded() ? done.result() : failed(done.cause());
                    if (wait.isZero() || (done.succeeded() && hinted)) {
                        loop();
                    } else {
                        waiting = true;
                        timer = vertx.setTimer(Math.max(1, wait.toMillis()), due -> loop());
                    }
                }));
    }

    private static Duration failed(Throwable cause) {
        FAILURES.failed("notifications wait", Failure.of(cause).getMessage());
        return LOOK_EVERY;
    }

    /** @return how long to wait before the next one */
    private Future<Duration> step() {
        if (!lease.isHeld()) {
            runs.clear();
            return lease.take().compose(taken -> taken ? placed() : Future.succeededFuture(LOOK_EVERY));
        }
        return dispatch.read().compose(read -> deliver()).compose(more -> {
            Duration next = send();
            return more ? Future.succeededFuture(NOW) : renewed().map(kept -> next);
        });
    }

    /** What happened before the very first start is no news. */
    private Future<Duration> placed() {
        return lease.position() != null
                ? Future.succeededFuture(NOW)
                : events.range()
                        .compose(range -> lease.save(Long.toString(range.newest())))
                        .map(NOW);
    }

    private Future<Void> renewed() {
        return lease.sinceProof().compareTo(RENEW_EVERY) < 0
                ? Future.succeededFuture()
                : lease.save(lease.position()).mapEmpty();
    }

    /** @return whether there were any */
    private Future<Boolean> deliver() {
        long position = Long.parseLong(lease.position());
        return events.after(position, AT_ONCE)
                .recover(cause ->
                        Failure.of(cause).kind == Failure.Kind.GONE ? skip(position) : Future.failedFuture(cause))
                .compose(found -> {
                    if (found.isEmpty()) {
                        return Future.succeededFuture(false);
                    }
                    return dispatch.deliver(found).compose(due -> {
                        due.forEach((name, at) -> run(name).hint(at));
                        long last = found.get(found.size() - 1).revision();
                        return lease.save(Long.toString(last));
                    });
                });
    }

    /** Events were dropped before they were read here. */
    private <T> Future<List<T>> skip(long position) {
        return events.range().compose(range -> {
            LOG.warn(
                    "events {} to {} were dropped from the log before they were told",
                    position + 1,
                    range.oldest() - 1);
            // where the log is shorter than the position it is another one
            long next = position > range.newest() ? range.newest() : range.oldest() - 1;
            return lease.save(Long.toString(next)).map(List.of());
        });
    }

    private TargetRun run(String name) {
        return runs.computeIfAbsent(name, first -> new TargetRun(first, deliveries, clock, lease::isHeld));
    }

    /** Begins what is due at each target, none of which waits for another. @return how long nothing is to be done */
    private Duration send() {
        runs.keySet().retainAll(dispatch.targets().keySet());
        Duration next = LOOK_EVERY;
        for (Target target : dispatch.targets().values()) {
            Sender sender = target.enabled() ? senders.apply(target) : null;
            if (sender == null) {
                continue;
            }
            TargetRun run = run(target.id());
            Duration idle = run.idle();
            if (idle.isZero()) {
                run.run(target, sender).onComplete(done -> hint());
            } else if (idle.compareTo(next) < 0) {
                next = idle;
            }
        }
        return next;
    }
}
