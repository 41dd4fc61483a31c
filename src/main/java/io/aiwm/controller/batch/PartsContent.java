package io.aiwm.controller.batch;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.ObjectStore;
import io.aiwm.controller.objects.PulledContent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

/** What is in several objects, one after the other, changed piece by piece. At most one window of one of them is in memory. */
final class PartsContent extends PulledContent {
    private final ObjectStore objects;
    private final Iterator<String> keys;
    private final UnaryOperator<Buffer> change;
    private String key;
    private long offset;

    /** @param change of each piece, in order */
    PartsContent(Context context, ObjectStore objects, List<String> keys, UnaryOperator<Buffer> change) {
        super(context, -1);
        this.objects = objects;
        this.keys = List.copyOf(keys).iterator();
        this.change = change;
    }

    @Override
    protected Future<Piece> next() {
        if (key == null) {
            if (!keys.hasNext()) {
                return Future.succeededFuture(new Piece(Buffer.buffer(), true));
            }
            key = keys.next();
            offset = 0;
        }
        return objects.get(key, offset, LineReader.WINDOW)
                .compose(this::read)
                // a reader that asked for one piece waits for bytes
                .compose(piece -> piece.length() > 0 ? Future.succeededFuture(new Piece(piece, false)) : next());
    }

    private Future<Buffer> read(ObjectContent content) {
        return content.whole().map(piece -> {
            offset += piece.length();
            if (offset >= content.sizeBytes()) {
                key = null;
            }
            return change.apply(piece);
        });
    }

    @Override
    protected Failure broken(Throwable cause) {
        return Failure.of(cause);
    }
}
