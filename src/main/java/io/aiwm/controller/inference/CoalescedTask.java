package io.aiwm.controller.inference;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicReference;

/** What is asked for several times before it is done is done once, on one context. Thread-safe. */
final class CoalescedTask {
    private final Context context;
    private final Runnable work;
    /** Null: nobody waits for it. */
    private final AtomicReference<Promise<Void>> asked = new AtomicReference<>();

    CoalescedTask(Context context, Runnable work) {
        this.context = context;
        this.work = work;
    }

    /** Succeeds when it was done, begun after this call. */
    Future<Void> run() {
        Promise<Void> mine = Promise.promise();
        Promise<Void> all = asked.updateAndGet(seen -> seen == null ? mine : seen);
        if (all == mine) {
            context.runOnContext(go -> {
                asked.set(null);
                try {
                    work.run();
                } finally {
                    mine.complete();
                }
            });
        }
        return all.future();
    }
}
