package io.aiwm.inference.usage;

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
public final class MappedPage {
    public static final int BYTES = 1 << 20;

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
    public record Content(long sequence, List<String> lines) {}

    /** Makes the file. Blocking. */
    public static MappedPage make(Path file) throws IOException {
        return new MappedPage(file, PrivateFiles.newMemory(file, BYTES));
    }

    /** Reads what a process of before has left. Blocking. */
    public static Content read(Path file) throws IOException {
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

    public Path file() {
        return file;
    }

    /** Of its lines. */
    public int length() {
        return length;
    }

    public long sequence() {
        return sequence;
    }

    /** From now on it has lines of this batch. */
    public void begin(long batch) {
        clear();
        sequence = batch;
        memory.putLong(0, batch);
    }

    /** Adds a whole line, with its end. @return false: it has no room for it */
    public boolean add(byte[] line) {
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
    public void clear() {
        length = 0;
        memory.putInt(LENGTH_AT, 0);
        VarHandle.releaseFence();
    }

    /** Makes a file as small as its lines are, and has the disk take it. Nothing is added to it any more. Blocking. @return its size */
    public static long seal(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var header = ByteBuffer.allocate(LINES_AT);
            if (channel.read(header, 0) == LINES_AT) {
                channel.truncate(LINES_AT + Math.max(0L, header.getInt(LENGTH_AT)));
            }
            channel.force(false);
            return channel.size();
        }
    }
}
