package io.aiwm.controller.http;

import io.aiwm.controller.file.StoredFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;

/** A kept log from its beginning to its end, a piece at a time, however large it is. */
final class KeptText {
    private static final int PIECE = 1 << 20;

    private final JobFiles files;
    private final Context context;
    private final StoredFile file;
    private final Function<String, Future<Void>> reader;

    /** @param reader takes each piece, and says when it wants the next */
    KeptText(JobFiles files, Context context, StoredFile file, Function<String, Future<Void>> reader) {
        this.files = files;
        this.context = context;
        this.file = file;
        this.reader = reader;
    }

    Future<Void> read() {
        return from(0);
    }

    private Future<Void> from(long at) {
        if (at >= file.sizeBytes()) {
            return Future.succeededFuture();
        }
        return files.piece(context, file, at, PIECE).compose(bytes -> {
            boolean last = at + bytes.length() >= file.sizeBytes();
            int length = last ? bytes.length() : wholeCharacters(bytes);
            return reader.apply(bytes.getString(0, length)).compose(next -> from(at + length));
        });
    }

    /** Not beyond the last character that is there in full. */
    private static int wholeCharacters(Buffer bytes) {
        int start = bytes.length() - 1;
        while (start > 0 && start > bytes.length() - 4 && (bytes.getByte(start) & 0xC0) == 0x80) {
            start--;
        }
        return start == 0 ? bytes.length() : start;
    }
}
