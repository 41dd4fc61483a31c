package io.aiwm.controller.api;

import io.aiwm.controller.file.StoredFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.BiFunction;

/** A kept log from its beginning to its end, a piece at a time, however large it is. */
final class StoredLogText {
    private static final int PIECE = 1 << 20;

    private final JobFiles files;
    private final Context context;
    private final StoredFile file;
    private final BiFunction<Integer, String, Future<Void>> reader;

    /**
     * @param reader takes each piece, and says when it wants the next; first it is given the number of bytes that lie
     *     before the piece and are the rest of a character: a log that was cut may begin with one
     */
    StoredLogText(JobFiles files, Context context, StoredFile file, BiFunction<Integer, String, Future<Void>> reader) {
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
            int begin = at == 0 ? restOfCharacter(bytes, length) : 0;
            return reader.apply(begin, bytes.getString(begin, length)).compose(next -> from(at + length));
        });
    }

    /** How many bytes at the beginning belong to a character whose first byte is not there. */
    private static int restOfCharacter(Buffer bytes, int length) {
        int rest = 0;
        while (rest < Math.min(3, length) && (bytes.getByte(rest) & 0xC0) == 0x80) {
            rest++;
        }
        return rest;
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
