package io.aiwm.controller.inference;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** A read that is asked for while it runs is done once more after it, so that it sees what was written meanwhile. Thread-safe. */
final class RepeatedRead {
    private final Supplier<Future<Void>> read;
    private boolean running;
    private boolean again;

    RepeatedRead(Supplier<Future<Void>> read) {
        this.read = read;
    }

    synchronized void run() {
        again = running;
        if (!running) {
            running = true;
            read.get().onComplete(done -> ended());
        }
    }

    private synchronized void ended() {
        running = false;
        if (again) {
            run();
        }
    }
}
