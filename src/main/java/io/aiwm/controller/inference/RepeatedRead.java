package io.aiwm.controller.inference;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;

/** A read that is asked for while it runs is done once more after it, so that it sees what was written meanwhile. Thread-safe. */
final class RepeatedRead {
    private final Supplier<Future<Void>> read;
    private boolean running;
    /** Of the read that follows the one that runs; null: nobody has asked for it. */
    private Promise<Void> next;

    RepeatedRead(Supplier<Future<Void>> read) {
        this.read = read;
    }

    /** Returns how a read ends that begins after this call. */
    Future<Void> run() {
        Promise<Void> asked = Promise.promise();
        synchronized (this) {
            if (running) {
                next = next == null ? asked : next;
                return next.future();
            }
            running = true;
        }
        begin(asked);
        return asked.future();
    }

    private void begin(Promise<Void> asked) {
        read.get().onComplete(done -> {
            Promise<Void> following;
            synchronized (this) {
                following = next;
                next = null;
                running = following != null;
            }
            asked.handle(done);
            if (following != null) {
                begin(following);
            }
        });
    }
}
