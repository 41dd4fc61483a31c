package io.aiwm.controller.inference.usage;

import io.aiwm.common.PrivateFiles;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file in memory, with lines of one batch behind its sequence and its length. What is added survives the end of the process at once
 * and without a system call, so that an event loop may add it; it does not survive the end of the machine. Not safe for several threads.
 */
final class MappedPage {
    static final int BYTES = 1 << 20;

    private static final int LENGTH_AT = Long.BYTES;
    private static final int LINES_AT = LENGTH_AT + Integer.BYTES;

    private final Path file;
    private final MappedByteBuffer memory;
    private long sequence;
    private int length;

    private MappedPage(Path file, MappedByteBuffer memory) {
        this.file = file;
        this.memory = memory;
    }

    /** What a page holds. @param lines none: it is free */
    record Content(long sequence, List<String> lines) {}

    /** Makes the file. Blocking. */
    static MappedPage make(Path file) throws IOException {
        try (FileChannel channel = PrivateFiles.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // a disk without room says so here, and not by a fault when the memory is written
            var zeros = ByteBuffer.allocate(BYTES);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return new MappedPage(file, channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES));
        }
    }

    /** Reads what a process of before has left. Blocking. */
    static Content read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < LINES_AT) {
            return new Content(0, List.of()); // the process was killed while it made the page
        }
        var header = ByteBuffer.wrap(bytes);
        int length = Math.max(0, Math.min(header.getInt(LENGTH_AT), bytes.length - LINES_AT));
        return new Content(
                header.getLong(0),
                new String(bytes, LINES_AT, length, StandardCharsets.UTF_8)
                        .lines()
                        .toList());
    }

    Path file() {
        return file;
    }

    long sequence() {
        return sequence;
    }

    /** From now on it has lines of this batch. */
    void begin(long batch) {
        clear();
        sequence = batch;
        memory.putLong(0, batch);
    }

    /** Adds a whole line, with its end. @return false: it has no room for it */
    boolean add(byte[] line) {
        if (LINES_AT + length + line.length > BYTES) {
            return false;
        }
        memory.put(LINES_AT + length, line);
        length += line.length;
        // a process that is killed between the two has not added the line
        VarHandle.releaseFence();
        memory.putInt(LENGTH_AT, length);
        return true;
    }

    /** It has no lines any more. */
    void clear() {
        length = 0;
        memory.putInt(LENGTH_AT, 0);
        VarHandle.releaseFence();
    }
}
