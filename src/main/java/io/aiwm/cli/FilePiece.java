package io.aiwm.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;

/** A part of a file, read once from its beginning to its end. */
final class FilePiece extends InputStream {
    private final FileChannel channel;
    private final long end;
    private final LongConsumer read;

    /** @param read told how far into the file it is */
    FilePiece(Path file, long offset, long end, LongConsumer read) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.channel.position(offset);
        this.end = end;
        this.read = read;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        long left = end - channel.position();
        if (left <= 0) {
            return -1;
        }
        int count = channel.read(ByteBuffer.wrap(into, from, (int) Math.min(left, length)));
        if (count >= 0) {
            read.accept(channel.position());
        }
        return count;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
