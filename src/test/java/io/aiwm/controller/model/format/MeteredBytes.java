package io.aiwm.controller.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** A file in memory, or one that pretends to be longer than its front, which counts how much of it is read. */
final class MeteredBytes implements ByteSource {
    private final byte[] front;
    private final long size;
    private long readBytes;

    MeteredBytes(byte[] content) {
        this(content, content.length);
    }

    /** @param size behind the front there are zeros */
    MeteredBytes(byte[] front, long size) {
        this.front = front;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long offset, byte[] into, int count) {
        assertThat(offset).isNotNegative();
        assertThat((long) count).isPositive().isLessThanOrEqualTo(into.length).isLessThanOrEqualTo(size - offset);
        readBytes += count;
        Arrays.fill(into, 0, count, (byte) 0);
        if (offset < front.length) {
            System.arraycopy(front, (int) offset, into, 0, (int) Math.min(count, front.length - offset));
        }
    }

    long readBytes() {
        return readBytes;
    }
}
