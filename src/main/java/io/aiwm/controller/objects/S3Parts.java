package io.aiwm.controller.objects;

import io.aiwm.common.Failure;

/** The sizes that S3 allows the parts of an upload. */
final class S3Parts {
    /** Of a part but the last. */
    static final int PART_BYTES = 8 << 20;
    /** A part but the last has at least so much. */
    static final int LEAST_BYTES = 5 << 20;

    static final int MOST_PARTS = 10_000;
    static final long MOST_BYTES = (long) MOST_PARTS * PART_BYTES;

    private S3Parts() {}

    /** Fails with TOO_LARGE. */
    static void check(long sizeBytes) {
        if (sizeBytes > MOST_BYTES) {
            throw new Failure(
                    Failure.Kind.TOO_LARGE, "an S3 server holds objects of at most " + MOST_BYTES + " bytes here");
        }
    }
}
