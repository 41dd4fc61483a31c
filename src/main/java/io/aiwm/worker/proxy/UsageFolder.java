package io.aiwm.worker.proxy;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import io.aiwm.protocol.ProxyUsage;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Batches of calls on disk, one file each, named by its sequence. The last file is being written; those before never change,
 * so that a batch that is sent again is the same. The last one is never deleted: by its name the sequence goes on after a
 * restart. Blocking; not safe for several threads.
 */
final class UsageFolder {
    private static final Logger log = LoggerFactory.getLogger(UsageFolder.class);

    private static final String SUFFIX = ".jsonl";
    private static final int DIGITS = 16;
    /** A message has room for twice as much. */
    private static final long BATCH_BYTES = 400 * 1024;

    private final Path folder;
    private final long mostBytes;
    private final String gatewayId;
    private final ArrayDeque<Long> sealed = new ArrayDeque<>();
    private long sealedBytes;
    private long sequence;
    private FileChannel current;
    private int currentCalls;
    private long currentBytes;

    /** A batch that never changes. */
    record Batch(long sequence, List<JsonObject> calls) {}

    /** @param mostBytes on disk; what comes beyond is not taken */
    UsageFolder(Path folder, long mostBytes) throws IOException {
        this.folder = PrivateFiles.folder(folder);
        this.mostBytes = mostBytes;
        this.gatewayId = gatewayId();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                if (file.getFileName().toString().endsWith(SUFFIX)) {
                    sequence = Long.parseLong(file.getFileName().toString().substring(0, DIGITS));
                    sealed.add(sequence);
                    sealedBytes += Files.size(file);
                }
            }
        }
        begin();
    }

    private String gatewayId() throws IOException {
        Path file = folder.resolve("gateway");
        if (!Files.isRegularFile(file)) {
            Path fresh = folder.resolve("gateway.new");
            PrivateFiles.write(fresh, Ids.next("gw"), StandardOpenOption.SYNC);
            Files.move(fresh, file);
        }
        return Files.readString(file).strip();
    }

    String id() {
        return gatewayId;
    }

    private void begin() throws IOException {
        FileChannel next =
                PrivateFiles.open(file(sequence + 1), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        sequence++;
        current = next;
        currentCalls = 0;
        currentBytes = 0;
    }

    private Path file(long number) {
        return folder.resolve(("%0" + DIGITS + "d").formatted(number) + SUFFIX);
    }

    /** Writes a call, whole or not at all. @return false: there is no room for it */
    boolean add(String line) throws IOException {
        if (currentCalls >= ProxyUsage.MOST_CALLS || currentBytes >= BATCH_BYTES) {
            seal(); // before: where it fails, the full batch must not grow
        }
        byte[] bytes = (line + '\n').getBytes(StandardCharsets.UTF_8);
        if (sealedBytes + currentBytes + bytes.length > mostBytes) {
            return false;
        }
        try {
            var buffer = ByteBuffer.wrap(bytes);
            current.position(currentBytes);
            while (buffer.hasRemaining()) {
                current.write(buffer);
            }
        } catch (IOException cause) {
            current.truncate(currentBytes);
            throw cause;
        }
        currentBytes += bytes.length;
        currentCalls++;
        return true;
    }

    /** Ends the batch that is being written, if it has any calls. */
    private void seal() throws IOException {
        if (currentCalls == 0) {
            return;
        }
        current.force(false);
        FileChannel full = current;
        long number = sequence;
        long bytes = currentBytes;
        begin();
        sealed.add(number);
        sealedBytes += bytes;
        full.close();
    }

    /** The oldest batch, which stays until it is {@link #drop}ped; null: there is none. */
    Batch oldest() throws IOException {
        if (sealed.isEmpty()) {
            seal();
        }
        while (!sealed.isEmpty()) {
            var batch = new Batch(sealed.peek(), read(file(sealed.peek())));
            if (!batch.calls().isEmpty()) {
                return batch;
            }
            drop(sealed.peek());
        }
        return null;
    }

    private static List<JsonObject> read(Path file) throws IOException {
        var calls = new ArrayList<JsonObject>();
        for (String line : new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1)) {
            if (!line.isBlank()) {
                read(line, calls);
            }
        }
        return calls;
    }

    private static void read(String line, List<JsonObject> calls) {
        try {
            calls.add(new JsonObject(line));
        } catch (DecodeException torn) {
            log.warn("a call's usage on disk is damaged and left out");
        }
    }

    /** Forgets the oldest batch if it is this one. */
    void drop(long number) throws IOException {
        if (!sealed.isEmpty() && sealed.peek() == number) {
            long bytes = Files.size(file(number));
            Files.delete(file(number));
            sealed.poll();
            sealedBytes -= bytes;
        }
    }

    /** Batches that wait, and that which is being written. */
    int batches() {
        return sealed.size() + (currentCalls > 0 ? 1 : 0);
    }

    void close() throws IOException {
        current.force(false);
        current.close();
    }

    /** Fails with INVALID where another worker's folder would be taken. */
    static void check(String id) {
        if (!id.matches("[A-Za-z0-9_-]{8,64}")) {
            throw Failure.invalid("the gateway id on disk is damaged");
        }
    }
}
