package io.aiwm.controller.auth;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What the store said of a record at most {@link #LIMIT} ago. A record asked for all the time is read about once a second,
 * in the background; one that was not asked for lately is waited for. So what another controller has written counts here
 * within the limit, and a request costs no read. Without the store, asking fails once the limit has passed.
 */
final class Recent<T> {
    static final Duration LIMIT = Duration.ofSeconds(2);
    private static final long LIMIT_MILLIS = LIMIT.toMillis();
    private static final long REFRESH_MILLIS = LIMIT_MILLIS / 2;
    private static final int MAX_KNOWN = 20_000;

    /** @param sinceMillis when its reading began: it is at least as new as that */
    private record Seen<T>(long sinceMillis, Future<T> answer) {}

    private final Function<String, Future<T>> read;
    private final InstantSource clock;
    private final Map<String, Seen<T>> known = new ConcurrentHashMap<>();
    private final Map<String, Future<T>> reading = new ConcurrentHashMap<>();

    /** @param read succeeds with null when there is no such record */
    Recent(Function<String, Future<T>> read, InstantSource clock) {
        this.read = read;
        this.clock = clock;
    }

    /** Succeeds with null when there is none. */
    Future<T> get(String id) {
        Seen<T> seen = known.get(id);
        if (seen == null) {
            return load(id);
        }
        long age = clock.millis() - seen.sinceMillis;
        if (age < 0 || age >= LIMIT_MILLIS) {
            return load(id); // below zero: the clock was set back, and how old this is nobody knows
        }
        if (age >= REFRESH_MILLIS) {
            load(id);
        }
        return seen.answer;
    }

    /** The record was written here: the next one to ask reads it. */
    void forget(String id) {
        known.remove(id);
        reading.remove(id);
    }

    /** Reads it now: the caller knows that what is remembered is out of date. */
    Future<T> load(String id) {
        Promise<T> promise = Promise.promise();
        Future<T> mine = promise.future();
        Future<T> others = reading.putIfAbsent(id, mine);
        if (others != null) {
            return others;
        }
        long began = clock.millis();
        Future.succeededFuture(id).compose(read).onComplete(done -> {
            // forgotten while it was read: it may be older than what was written then, and is not kept
            if (reading.remove(id, mine) && done.succeeded()) {
                keep(id, done.result(), began);
            }
            promise.handle(done);
        });
        return mine;
    }

    private void keep(String id, T record, long began) {
        if (record == null) {
            known.remove(id); // not kept: names that someone makes up would push out the ones in use
            return;
        }
        if (known.size() >= MAX_KNOWN) {
            known.clear(); // those in use come back at once
        }
        known.put(id, new Seen<>(began, Future.succeededFuture(record)));
    }
}
