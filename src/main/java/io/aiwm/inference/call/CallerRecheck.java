package io.aiwm.inference.call;

import io.aiwm.common.Monotonic;
import io.aiwm.inference.Caller;
import io.aiwm.inference.GatewayError;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks now and then whether a caller may still have what it has opened: what ended the key or the token ends that too. */
final class CallerRecheck {
    private final CallLoop loop;
    private final Supplier<Future<Caller>> again;
    private long at;

    /** @param again finds the caller once more */
    CallerRecheck(CallLoop loop, Supplier<Future<Caller>> again) {
        this.loop = loop;
        this.again = again;
        later();
    }

    /** When to ask, in milliseconds of {@link Monotonic}. */
    long at() {
        return at;
    }

    private void later() {
        at = Monotonic.millis() + loop.settings().recheck().toMillis();
    }

    /**
     * Asks if it is time to. While nobody can say, it stays open.
     *
     * @param may fails with {@link GatewayError.Refused} if the caller may not have it
     * @param ended hears why it may not have it any more
     */
    void ifDue(Consumer<Caller> may, Consumer<GatewayError> ended) {
        if (Monotonic.millis() < at) {
            return;
        }
        at = Long.MAX_VALUE;
        CallLoop.here(
                again.get().map(caller -> {
                    may.accept(caller);
                    return caller;
                }),
                checked -> {
                    GatewayError error = checked.succeeded() ? null : Refusal.of(checked.cause());
                    if (error == null || error.status() >= 500) {
                        later();
                    } else {
                        ended.accept(error);
                    }
                });
    }
}
