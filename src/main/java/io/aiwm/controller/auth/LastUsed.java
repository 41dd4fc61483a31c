package io.aiwm.controller.auth;

import io.aiwm.common.Failure;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/** Times of last use of credentials, kept in memory until a sweep writes them: a use costs no write. */
public final class LastUsed {
    private final Map<String, Instant> used = new ConcurrentHashMap<>();

    public void at(String id, Instant when) {
        used.put(id, when);
    }

    /** @param stored the time written before; null: none */
    public Instant of(String id, Instant stored) {
        return used.getOrDefault(id, stored);
    }

    /** Removes a deleted credential. */
    public void forget(String id) {
        used.remove(id);
    }

    /** @param write stores one; it may fail with NOT_FOUND when the credential was deleted */
    public Future<Void> flush(BiFunction<String, Instant, Future<?>> write) {
        var writes = new ArrayList<Future<?>>();
        for (String id : List.copyOf(used.keySet())) {
            Instant when = used.remove(id);
            if (when != null) {
                writes.add(write.apply(id, when)
                        .mapEmpty()
                        .recover(cause -> Failure.of(cause).kind == Failure.Kind.NOT_FOUND
                                ? Future.succeededFuture()
                                : Future.failedFuture(cause)));
            }
        }
        return Future.join(writes).mapEmpty();
    }
}
