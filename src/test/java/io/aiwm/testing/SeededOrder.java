package io.aiwm.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.IntUnaryOperator;

/**
 * Everything that is under way in a test, answers and messages and timers, and which of it happens next: a seed decides.
 * All of it runs on the thread that asks for it, so the same seed gives the same run, callback by callback.
 */
public final class SeededOrder {
    /** More than any run that ends. */
    private static final int MOST = 1_000_000;

    private final IntUnaryOperator pick;
    private final List<Runnable> waiting = new ArrayList<>();
    private final Runnable each;
    private long done;

    /**
     * @param pick of so many things that could happen next, which does
     * @param each runs before every callback
     */
    public SeededOrder(IntUnaryOperator pick, Runnable each) {
        this.pick = pick;
        this.each = each;
    }

    /** @param each runs before every callback, for example to let time pass */
    public SeededOrder(Random random, Runnable each) {
        this(random::nextInt, each);
    }

    /** Happens some time after this; in which order with everything else is not said. */
    public void later(Runnable callback) {
        waiting.add(callback);
    }

    /** Lets everything happen, and all that follows from it. */
    public void drain() {
        until(waiting::isEmpty);
    }

    /** Lets a few things happen. */
    public void some(int count) {
        for (int i = 0; i < count && !waiting.isEmpty(); i++) {
            next();
        }
    }

    public void until(BooleanSupplier reached) {
        for (int i = 0; !reached.getAsBoolean(); i++) {
            if (i >= MOST || waiting.isEmpty()) {
                throw new AssertionError(waiting.isEmpty() ? "nothing is under way" : "there is always something new");
            }
            next();
        }
    }

    /** How many callbacks have run. */
    public long done() {
        return done;
    }

    private void next() {
        int at = pick.applyAsInt(waiting.size());
        Runnable callback = waiting.get(at);
        int last = waiting.size() - 1;
        waiting.set(at, waiting.get(last));
        waiting.remove(last);
        done++;
        each.run();
        callback.run();
    }
}
