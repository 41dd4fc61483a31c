package io.aiwm.common;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Does something to each of many records, so that the trouble of one is not the trouble of the others. It is named in the
 * log with its id, once an hour for as long as it lasts; the others go on, and the next run tries it again.
 */
public final class IsolatedForEach {
    private final String what;
    private final RateLimitedLog log;

    /** @param what the records are, in the singular, for the log */
    public IsolatedForEach(Logger log, String what) {
        this.log = RateLimitedLog.troubles(log, Level.WARN);
        this.what = what;
    }

    /** Never fails, also where the work throws. @return whether all went well, when all have ended */
    public <T> Future<Boolean> all(Collection<T> records, Function<T, String> id, Function<T, Future<?>> work) {
        var each = records.stream()
                .map(one -> one(id.apply(one), () -> work.apply(one)))
                .toList();
        return Future.join(each).map(done -> each.stream().allMatch(Future::result));
    }

    /** Never fails, also where the work throws. @return whether it went well */
    public Future<Boolean> one(String id, Supplier<Future<?>> work) {
        return Future.succeededFuture(id)
                .compose(go -> work.get())
                .map(done -> {
                    log.over(id);
                    return true;
                })
                .otherwise(cause -> {
                    log.trouble(id, "", what + " " + id + " is left as it is until the next look", cause);
                    return false;
                });
    }
}
