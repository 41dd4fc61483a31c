package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.PulledContent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** Bytes that are in memory, as content for an object. */
final class InMemoryContent extends PulledContent {
    private final Buffer bytes;

    InMemoryContent(Context context, Buffer bytes) {
        super(context, bytes.length());
        this.bytes = bytes;
    }

    @Override
    protected Future<Piece> next() {
        return Future.succeededFuture(new Piece(bytes, true));
    }

    @Override
    protected Failure broken(Throwable cause) {
        return Failure.of(cause);
    }
}
