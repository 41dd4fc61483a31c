package io.aiwm.controller.eventlog;

import io.aiwm.common.Failure;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Brings one client the events after a revision, in order, as fast as it takes them. It keeps its place and nothing else; a client
 * that takes nothing for {@link #PATIENCE} is let go, and goes on later from the last revision it got. Used on its
 * context only.
 */
public final class EventReader {
    private static final int AT_ONCE = 200;
    /** How long a client may take nothing. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A sign of life at this interval, which also finds clients that take nothing. */
    public static final Duration ALIVE_EVERY = Duration.ofSeconds(10);

    /** Where the events go. All its methods are called on the reader's context. */
    public interface Client {
        void send(ClusterEvent event);

        /**
         * Something small that is no event.
         *
         * @param position the revision up to which it knows all that its filter takes: it goes on after that, and a filter
         *     that takes little does not leave it behind what is kept
         */
        void sendAlive(long position);

        /** Whether it takes nothing more at the moment. Calls {@link EventReader#pump} when it does again. */
        boolean isFull();

        /** Called once, at the end: it is too slow (LIMITED), or too far behind (GONE). */
        void end(Failure why);
    }

    private final Context context;
    private final EventTail tail;
    private final EventFilter filter;
    private final Client client;
    private final LongSupplier nanos;
    private long position;
    private boolean reading;
    private boolean over;
    private boolean missed;
    private long tookNanos;
    private long alive;
    private Runnable leave = () -> {};

    /** @param after the revision after which the client goes on */
    public EventReader(Context context, EventTail tail, EventFilter filter, long after, Client client) {
        this(context, tail, filter, after, client, System::nanoTime);
    }

    EventReader(Context context, EventTail tail, EventFilter filter, long after, Client client, LongSupplier nanos) {
        this.context = context;
        this.tail = tail;
        this.filter = filter;
        this.client = client;
        this.nanos = nanos;
        this.position = after;
        this.tookNanos = nanos.getAsLong();
    }

    public void start() {
        leave = tail.listen(() -> context.runOnContext(go -> pump()));
        alive = context.owner().setPeriodic(ALIVE_EVERY.toMillis(), tick -> checkAlive());
        // who is cut off before the first event knows where to go on
        client.sendAlive(position);
        pump();
    }

    void checkAlive() {
        if (over) {
            return;
        }
        if (!client.isFull()) {
            tookNanos = nanos.getAsLong();
            client.sendAlive(position);
            pump();
        } else if (nanos.getAsLong() - tookNanos >= PATIENCE.toNanos()) {
            end(Failure.limited("you take events too slowly; go on after revision " + position, 1));
        }
    }

    /** Sends what there is, until the client is full or has all. */
    public void pump() {
        if (over || reading || client.isFull()) {
            missed = reading;
            return;
        }
        reading = true;
        missed = false;
        tail.after(position, AT_ONCE)
                .onComplete(done -> context.runOnContext(go -> {
                    reading = false;
                    if (over) {
                        return;
                    }
                    if (done.failed()) {
                        Failure why = Failure.of(done.cause());
                        if (why.kind == Failure.Kind.GONE) {
                            end(why);
                        }
                        return; // the store cannot be asked: the next sign of life tries again
                    }
                    send(done.result());
                }));
    }

    private void send(List<ClusterEvent> events) {
        for (ClusterEvent event : events) {
            position = event.revision();
            if (filter.takes(event)) {
                client.send(event);
                tookNanos = nanos.getAsLong();
            }
        }
        if (!events.isEmpty() || missed) {
            pump();
        }
    }

    private void end(Failure why) {
        close();
        client.end(why);
    }

    /** The client is gone. */
    public void close() {
        if (!over) {
            over = true;
            leave.run();
            context.owner().cancelTimer(alive);
        }
    }
}
