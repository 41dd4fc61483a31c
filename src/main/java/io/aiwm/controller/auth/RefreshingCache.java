package io.aiwm.controller.auth;

import com.github.benmanes.caffeine.cache.AsyncCacheLoader;
import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A cache of records as the store had them at most {@link #LIMIT} ago. A record in constant use is read about once a second, in the
 * background; a caller waits for the read of a record that was not used lately. So a change by another controller takes effect within
 * the limit, and a request costs no read. Without the store, requests fail after the limit.
 */
final class RefreshingCache<T> {
    static final Duration LIMIT = Duration.ofSeconds(2);
    private static final long LIMIT_MILLIS = LIMIT.toMillis();
    private static final Duration REFRESH = LIMIT.dividedBy(2);
    private static final int MAX_KNOWN = 20_000;

    /**
     * @param answer failed when the record could not be read
     * @param sinceMillis start of its reading: the answer is at least as new
     */
    private record Seen<T>(Future<T> answer, long sinceMillis) {
        boolean isKept() {
            // a missing record is not cached: invented names would displace those in use
            return answer.succeeded() && answer.result() != null;
        }
    }

    private final Function<String, Future<T>> read;
    private final InstantSource clock;
    private final AsyncLoadingCache<String, Seen<T>> known;

    /** @param read succeeds with null when there is no such record */
    RefreshingCache(Function<String, Future<T>> read, InstantSource clock) {
        this.read = read;
        this.clock = clock;
        this.known = Caffeine.newBuilder()
                .maximumSize(MAX_KNOWN)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .refreshAfterWrite(REFRESH)
                .expireAfter(Expiry.<String, Seen<T>>writing((id, seen) -> left(seen)))
                .buildAsync(new Reading());
    }

    /** Succeeds with null when there is none. */
    Future<T> get(String id) {
        CompletableFuture<Seen<T>> found = known.get(id);
        if (!found.isDone()) {
            return Future.fromCompletionStage(found).compose(Seen::answer);
        }
        Seen<T> seen = found.join();
        return seen.sinceMillis > clock.millis()
                ? load(id) // the clock was set back, so the age is unknown
                : seen.answer;
    }

    /** Forgets a record after a write here: the next caller reads it again, also when a read of it is running. */
    void forget(String id) {
        known.asMap().remove(id);
    }

    /** Reads it now, because the caller knows that the cached record is out of date. */
    Future<T> load(String id) {
        CompletableFuture<Seen<T>> remembered = known.getIfPresent(id);
        if (remembered != null && remembered.isDone()) {
            known.asMap().remove(id, remembered);
        }
        return get(id);
    }

    /** Measured from the start of its reading, which the cache does not know. */
    private Duration left(Seen<T> seen) {
        return seen.isKept()
                ? Duration.ofMillis(Math.max(0, seen.sinceMillis + LIMIT_MILLIS - clock.millis()))
                : Duration.ZERO;
    }

    /** Never fails, because the cache would log each failure while the store is unavailable. */
    private final class Reading implements AsyncCacheLoader<String, Seen<T>> {
        @Override
        public CompletableFuture<Seen<T>> asyncLoad(String id, Executor executor) {
            long began = clock.millis();
            return Future.succeededFuture(id)
                    .compose(read)
                    .transform(done -> Future.succeededFuture(new Seen<>(
                            done.succeeded()
                                    ? Future.succeededFuture(done.result())
                                    : Future.<T>failedFuture(done.cause()),
                            began)))
                    .toCompletionStage()
                    .toCompletableFuture();
        }

        /** Keeps the old value until it expires when it cannot be read again. */
        @Override
        public CompletableFuture<Seen<T>> asyncReload(String id, Seen<T> old, Executor executor) {
            return asyncLoad(id, executor).thenApply(seen -> seen.answer.failed() ? old : seen);
        }
    }
}
