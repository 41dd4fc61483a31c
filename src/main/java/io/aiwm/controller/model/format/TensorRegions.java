package io.aiwm.controller.model.format;

import io.aiwm.common.Failure;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Where the tensors of a file lie in it: none may reach into another, or beyond the end. */
final class TensorRegions {
    private final String file;
    private final long limit;
    private long[] starts = new long[64];
    private long[] ends = new long[64];
    private int count;

    /** @param limit bytes that all of them may take together */
    TensorRegions(String file, long limit) {
        this.file = file;
        this.limit = limit;
    }

    /** Fails with INVALID if it is not within the file. */
    void add(String tensor, long start, long length) {
        if (start < 0 || length < 0 || start > limit || length > limit - start) {
            throw InvalidFile.file(
                    file,
                    "tensor " + InvalidFile.shown(tensor) + " has " + Long.toUnsignedString(length) + " bytes from "
                            + Long.toUnsignedString(start) + " on, and the file has room for " + Math.max(0, limit)
                            + " bytes of tensors");
        }
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            ends = Arrays.copyOf(ends, count * 2);
        }
        starts[count] = start;
        ends[count] = start + length;
        count++;
    }

    /**
     * Fails with INVALID if two of them overlap.
     *
     * @param dense whether they have to follow each other from 0 to the limit, without a gap
     */
    void check(boolean dense) {
        long end = 0;
        for (int i : inOrder()) {
            if (starts[i] < end) {
                throw refused("two tensors overlap", starts[i]);
            }
            if (dense && starts[i] > end) {
                throw refused("no tensor has the bytes", end);
            }
            end = ends[i];
        }
        if (dense && end != limit) {
            throw refused("no tensor has the bytes", end);
        }
    }

    private int[] inOrder() {
        return IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.<Integer>comparingLong(i -> starts[i]).thenComparingLong(i -> ends[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private Failure refused(String what, long offset) {
        return InvalidFile.file(file, what + " from byte " + offset + " of the tensors on");
    }
}
