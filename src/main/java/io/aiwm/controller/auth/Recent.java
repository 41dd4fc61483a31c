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
 * What the store said of a record at most {@link #LIMIT} ago. A record asked for all the time is read about once a second,
 * in the background; one that was not asked for lately is waited for. So what another controller has written counts here
 * within the limit, and a request costs no read. Without the store, asking fails once the limit has passed.
 */
final class Recent<T> {
    static final Duration LIMIT = Duration.ofSeconds(2);
    private static final long LIMIT_MILLIS = LIMIT.toMillis();
    private static final Duration REFRESH = LIMIT.dividedBy(2);
    private static final int MAX_KNOWN = 20_000;

    /**
     * @param answer failed when the record could not be read
     * @param sinceMillis when its reading began: it is at least as new as that
     */
    private record Seen<T>(Future<T> answer, long sinceMillis) {
        boolean isKept() {
            // a record that does not exist is not kept: names that someone makes up would push out the ones in use
            return answer.succeeded() && answer.result() != null;
        }
    }

    private final Function<String, Future<T>> read;
    private final InstantSource clock;
    private final AsyncLoadingCache<String, Seen<T>> known;

    /** @param read succeeds with null when there is no such record */
    Recent(Function<String, Future<T>> read, InstantSource clock) {
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
                ? load(id) // the clock was set back, and how old this is nobody knows
                : seen.answer;
    }

    /** The record was written here: the next one to ask reads it, also when it is being read at this moment. */
    void forget(String id) {
        known.asMap().remove(id);
    }

    /** Reads it now: the caller knows that what is remembered is out of date. */
    Future<T> load(String id) {
        CompletableFuture<Seen<T>> remembered = known.getIfPresent(id);
        if (remembered != null && remembered.isDone()) {
            known.asMap().remove(id, remembered);
        }
        return get(id);
    }

    /** From the beginning of its reading, which the cache does not know, and not from its end. */
    private Duration left(Seen<T> seen) {
        return seen.isKept()
                ? Duration.ofMillis(Math.max(0, seen.sinceMillis + LIMIT_MILLIS - clock.millis()))
                : Duration.ZERO;
    }

    /** Never fails, since the cache would log that for each request while the store is away. */
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

        /** What cannot be read anew counts until its time is over. */
        @Override
        public CompletableFuture<Seen<T>> asyncReload(String id, Seen<T> old, Executor executor) {
            return asyncLoad(id, executor).thenApply(seen -> seen.answer.failed() ? old : seen);
        }
    }
}
