package io.aiwm.controller.file;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.controller.objects.PulledContent;
import io.aiwm.protocol.FileRange;
import io.aiwm.protocol.FileRead;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that another controller holds, asked for range by range. Begins with the first range at hand, so that a file that
 * cannot be had is refused before anything of it is answered.
 */
final class RemoteContent extends PulledContent {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteContent.class);

    /** Asks for a range; fails with what a caller may be told. */
    interface Source {
        Future<FileRange> read(long from, int length);
    }

    private final Source source;
    private final long end;
    private long at;
    /** Read already; null from the first use on. */
    private FileRange ahead;

    private RemoteContent(Context context, Source source, FileRange first, long offset, long length) {
        super(context, first.sizeBytes());
        this.source = source;
        this.end = length < 0 ? first.sizeBytes() : Math.min(first.sizeBytes(), offset + length);
        this.at = offset;
        this.ahead = first;
    }

    /**
     * Succeeds when the first range is here, and fails as it does.
     *
     * @param context where callbacks are called
     * @param offset first byte; beyond the end of the file it fails with INVALID
     * @param length how many bytes at most; -1 for all that follow
     */
    static Future<ObjectContent> open(Context context, Source source, long offset, long length) {
        return source.read(offset, length < 0 ? FileRead.MAX_BYTES : (int) Math.min(FileRead.MAX_BYTES, length))
                .map(first -> new RemoteContent(context, source, first, offset, length));
    }

    @Override
    protected Future<Piece> next() {
        Future<FileRange> range = ahead != null
                ? Future.succeededFuture(ahead)
                : source.read(at, (int) Math.min(FileRead.MAX_BYTES, end - at));
        ahead = null;
        return range.map(read -> {
            byte[] bytes = Base64.getDecoder().decode(read.data());
            if (bytes.length == 0 && at < end) {
                throw new Failure(Failure.Kind.UNAVAILABLE, "the file became shorter while it was read");
            }
            at += bytes.length;
            return new Piece(Buffer.buffer(bytes), at >= end);
        });
    }

    @Override
    protected Failure broken(Throwable cause) {
        LOG.warn("a file at another controller cannot be read on: {}", cause.getMessage());
        return Failure.of(cause);
    }
}
