package io.aiwm.worker.container;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.function.Function;

/**
 * Begins what it is given in order, at most so many at the same time. What it is given must be bounded. Runs on one context.
 *
 * @param <T> what is begun
 */
final class ConcurrencyLimit<T> {
    private final int most;
    private final Function<T, Future<Void>> begin;
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private int underWay;

    /** @param begin must end on the context; null: there is nothing to do any more */
    ConcurrencyLimit(int most, Function<T, Future<Void>> begin) {
        this.most = most;
        this.begin = begin;
    }

    void add(T one) {
        waiting.add(one);
        drain();
    }

    void clear() {
        waiting.clear();
    }

    private void drain() {
        while (underWay < most && !waiting.isEmpty()) {
            Future<Void> begun = begin.apply(waiting.poll());
            if (begun != null) {
                underWay++;
                begun.onComplete(over -> {
                    underWay--;
                    drain();
                });
            }
        }
    }
}
