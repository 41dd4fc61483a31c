package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** The calls of one event loop that wait for something, each with a moment after which it waits no longer. One timer for all. */
public final class CallTimeouts {
    private static final long TICK_MILLIS = 100;

    private final Set<Watched> calls = new LinkedHashSet<>();

    public CallTimeouts(Vertx vertx) {
        vertx.setPeriodic(TICK_MILLIS, tick -> sweep(Monotonic.millis()));
    }

    void add(Watched call) {
        calls.add(call);
    }

    void remove(Watched call) {
        calls.remove(call);
    }

    /** What waits no longer than until a moment that changes. */
    interface Watched {
        /** In milliseconds of {@link Monotonic}. */
        long deadline();

        void expired();
    }

    private void sweep(long now) {
        var late = new ArrayList<Watched>();
        for (Watched call : calls) {
            if (call.deadline() <= now) {
                late.add(call);
            }
        }
        late.forEach(Watched::expired);
    }
}
