package io.aiwm.controller.model.format;

import java.io.IOException;

/**
 * A file that is read by ranges: on a local disk, in an object store or behind HTTP.
 *
 * <p>It blocks, because a header is read one piece after the other, each place following from the piece before: there is
 * nothing to do at the same time, a reader of futures would be a state machine for every field, and a header of some
 * megabytes takes about ten reads. Callers run the whole reading on a worker thread; a source over futures waits there.
 *
 * <p>The reader brings the buffer, so that its own limit holds for the memory of the reading.
 */
public interface ByteSource {
    /** Of the whole file, in bytes. */
    long size() throws IOException;

    /** Fills the first {@code count} bytes of the buffer from this offset on; the range is always within the file. */
    void read(long offset, byte[] into, int count) throws IOException;
}
