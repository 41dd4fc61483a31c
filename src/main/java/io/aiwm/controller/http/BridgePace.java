package io.aiwm.controller.http;

import io.aiwm.controller.event.CoalescedMessages;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Tells one browser at most {@link #MOST} messages in any second, however many addresses it hears. What comes faster is kept, of each
 * address as one message with the newest state of each record, and told when it may be; so what is kept is bounded. Used on the
 * browser's event loop.
 */
final class BridgePace {
    static final int MOST = 5;
    static final long WINDOW_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long NANOS_IN_MILLI = 1_000_000;

    /** @param number grows from one that is kept to the next */
    private record Kept(long number, JsonObject body, String frame) {}

    /** What must not overtake the message with this number, or one before it. */
    private record Behind(long number, Runnable then) {}

    /** Calls back after a while. */
    interface Timer {
        void set(long millis, Runnable then);
    }

    private final LongSupplier nanos;
    private final Timer timer;
    private final BiConsumer<String, String> teller;
    /** When the last ones were told, the oldest first. */
    private final Deque<Long> told = new ArrayDeque<>(MOST);

    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private final Deque<Behind> behind = new ArrayDeque<>();
    private long number;
    private boolean waiting;

    /** @param teller of an address and the frame that goes out */
    BridgePace(LongSupplier nanos, Timer timer, BiConsumer<String, String> teller) {
        this.nanos = nanos;
        this.timer = timer;
        this.teller = teller;
    }

    /** @param frame the body's, as all are sent it who are told at once */
    void tell(String address, JsonObject body, String frame) {
        Kept before = kept.get(address);
        if (before != null) {
            kept.put(address, new Kept(before.number, CoalescedMessages.together(before.body, body), null));
        } else if (kept.isEmpty() && waitNanos() <= 0) {
            go(address, frame);
        } else {
            kept.put(address, new Kept(++number, body, frame));
            goOn();
        }
    }

    /** Runs once all is told that was said before. */
    void behind(Runnable then) {
        if (kept.isEmpty()) {
            then.run();
        } else {
            behind.add(new Behind(number, then));
        }
    }

    /** Nothing that is kept of the address is told any more. */
    void forget(String address) {
        kept.remove(address);
        release();
    }

    void forgetAll() {
        kept.clear();
        behind.clear();
    }

    /** How long until one more may be told; not above 0: it may. */
    private long waitNanos() {
        return told.size() < MOST ? 0 : told.getFirst() + WINDOW_NANOS - nanos.getAsLong();
    }

    private void go(String address, String frame) {
        if (told.size() == MOST) {
            told.removeFirst();
        }
        told.addLast(nanos.getAsLong());
        teller.accept(address, frame);
    }

    private void goOn() {
        if (waiting || kept.isEmpty()) {
            return;
        }
        waiting = true;
        // up to the next whole millisecond: what comes a little early would have to wait once more
        timer.set(Math.max(1, (waitNanos() + NANOS_IN_MILLI - 1) / NANOS_IN_MILLI), this::due);
    }

    private void due() {
        waiting = false;
        while (!kept.isEmpty() && waitNanos() <= 0) {
            String address = kept.keySet().iterator().next();
            Kept next = kept.remove(address);
            go(address, next.frame == null ? BridgeAddresses.frame(address, next.body) : next.frame);
            release();
        }
        goOn();
    }

    private void release() {
        long first = kept.isEmpty() ? Long.MAX_VALUE : kept.values().iterator().next().number;
        while (!behind.isEmpty() && behind.getFirst().number < first) {
            behind.removeFirst().then.run();
        }
    }
}
