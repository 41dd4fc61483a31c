package io.aiwm.worker.job;

import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The end of what is written, on disk, never more than a limit: a ring that is unrolled when it is closed. */
public final class LastBytes extends OutputStream {
    private final Path file;
    private final Path ring;
    private final long limit;
    private final FileChannel channel;
    private long written;

    public LastBytes(Path file, long limit) throws IOException {
        this.file = file;
        this.ring = file.resolveSibling(file.getFileName() + ".ring");
        this.limit = limit;
        this.channel = PrivateFiles.open(
                ring,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int at, int length) throws IOException {
        if (limit == 0) {
            written += length;
            return;
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, at, length);
        while (rest.hasRemaining()) {
            long place = written % limit;
            int now = (int) Math.min(rest.remaining(), limit - place);
            ByteBuffer part = rest.slice().limit(now);
            while (part.hasRemaining()) {
                channel.write(part, place + part.position());
            }
            rest.position(rest.position() + now);
            written += now;
        }
    }

    /** How many bytes were written before those that are kept. */
    public long dropped() {
        return Math.max(0, written - limit);
    }

    @Override
    public void close() throws IOException {
        try (FileChannel whole = PrivateFiles.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            long place = dropped() > 0 && limit > 0 ? written % limit : 0;
            copy(place, channel.size(), whole);
            copy(0, place, whole);
        } finally {
            channel.close();
            Files.deleteIfExists(ring);
        }
    }

    private void copy(long from, long to, FileChannel target) throws IOException {
        for (long at = from; at < to; ) {
            at += channel.transferTo(at, to - at, target);
        }
    }
}
