package io.aiwm.inference.call;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.function.Consumer;

/** Passes pieces on, the next one when there is room for it. Ends neither side. */
final class Pump {
    private Pump() {}

    /** @param moved called for each piece */
    static void of(ReadStream<Buffer> from, WriteStream<Buffer> to, Consumer<Buffer> moved) {
        from.handler(piece -> {
            moved.accept(piece);
            to.write(piece);
            if (to.writeQueueFull()) {
                from.pause();
                to.drainHandler(drained -> from.resume());
            }
        });
    }
}
