package io.aiwm.common;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One at a time per key, in order of asking: two commands of one deployment must not make and remove its container at
 * the same moment. Only short work belongs in a turn, never a pull or a wait for health. Thread-safe.
 */
public final class KeyedQueue {
    private final Map<String, Future<Void>> last = new HashMap<>();

    public <T> Future<T> take(String key, Supplier<Future<T>> work) {
        Promise<Void> mine = Promise.promise();
        Future<Void> before;
        synchronized (last) {
            before = last.put(key, mine.future());
        }
        Future<T> result = before == null ? begin(work) : before.transform(done -> begin(work));
        return result.onComplete(done -> {
            synchronized (last) {
                last.remove(key, mine.future());
            }
            mine.complete();
        });
    }

    private static <T> Future<T> begin(Supplier<Future<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException cause) {
            return Future.failedFuture(cause);
        }
    }
}
