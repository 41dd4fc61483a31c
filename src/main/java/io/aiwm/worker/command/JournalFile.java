package io.aiwm.worker.command;

import io.aiwm.common.PrivateFiles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of lines that only grows, or is replaced as a whole; what is replaced is overwritten. What is appended while a write is under way goes to disk
 * together in the next one (group commit), on a worker thread. After a failed write the file ends where it ended before.
 */
final class JournalFile {

    /** @param lines one line, or for a rewrite all of them. @param durable whether success waits for the disk */
    private record Item(Supplier<List<String>> lines, boolean rewrite, boolean durable, Promise<Void> done) {}

    private static final Logger log = LoggerFactory.getLogger(JournalFile.class);

    private final WorkerExecutor worker;
    private final Path path;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private FileChannel channel;
    private volatile long size;
    private List<Item> pending = new ArrayList<>();
    private boolean draining;

    /** Blocking. Cuts off a torn last line. Fails when another process holds the same journal. */
    JournalFile(Vertx vertx, Path path) throws IOException {
        this.path = path;
        PrivateFiles.folder(path.toAbsolutePath().getParent());
        lockChannel = PrivateFiles.open(
                path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock = lock(lockChannel, path);
        channel = open(path);
        size = endOfLastLine(channel);
        channel.truncate(size);
        channel.position(size);
        worker = vertx.createSharedWorkerExecutor("aiwm-journal-" + path.toAbsolutePath(), 1);
    }

    /** Blocking; at start only. */
    List<String> lines() throws IOException {
        // not readAllLines: garbage in one line must not hide the others
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    long size() {
        return size;
    }

    /**
     * @param durable true: succeeds when the line is on disk; false: it will be written with the next ones and survives
     *     a killed process, not a power loss
     */
    Future<Void> append(String line, boolean durable) {
        return enqueue(new Item(() -> List.of(line), false, durable, Promise.promise()));
    }

    /** Replaces the whole file, atomically; the lines are made on a worker thread. */
    Future<Void> rewrite(Supplier<List<String>> lines) {
        return enqueue(new Item(lines, true, true, Promise.promise()));
    }

    Future<Void> close() {
        return append("", true)
                .eventually(() -> worker.executeBlocking(() -> {
                    channel.close();
                    lock.release();
                    lockChannel.close();
                    return null;
                }));
    }

    private synchronized Future<Void> enqueue(Item item) {
        pending.add(item);
        if (!draining) {
            draining = true;
            drain();
        }
        return item.done.future();
    }

    private synchronized void drain() {
        if (pending.isEmpty()) {
            draining = false;
            return;
        }
        List<Item> batch = pending;
        pending = new ArrayList<>();
        write(batch).onComplete(written -> {
            batch.forEach(item -> {
                if (written.succeeded()) {
                    item.done.complete();
                } else {
                    item.done.fail(written.cause());
                }
            });
            drain();
        });
    }

    private Future<Void> write(List<Item> batch) {
        try {
            return worker.executeBlocking(() -> {
                commit(batch);
                return null;
            });
        } catch (RejectedExecutionException closing) {
            return Future.failedFuture(new IOException("the journal is closed"));
        }
    }

    private void commit(List<Item> batch) throws IOException {
        try {
            channel.truncate(size); // what a failed write may have left
            channel.position(size);
            var bytes = new ByteArrayOutputStream();
            boolean durable = false;
            for (Item item : batch) {
                if (item.rewrite) {
                    // what stands before it in the batch is part of what it writes
                    bytes.reset();
                    replace(item.lines.get());
                } else {
                    put(bytes, item.lines.get().get(0));
                }
                durable |= item.durable && !item.rewrite;
            }
            write(channel, bytes);
            if (durable) {
                channel.force(false);
            }
            size = channel.position();
        } catch (IOException cause) {
            channel.truncate(size);
            throw cause;
        }
    }

    private void replace(List<String> lines) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        var bytes = new ByteArrayOutputStream();
        lines.forEach(line -> put(bytes, line));
        try {
            var next = open(fresh);
            try {
                write(next, bytes);
                next.force(true);
                Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException cause) {
                next.close();
                throw cause;
            }
            // from here on the old file has no name: whatever else fails, nothing may be appended to it
            FileChannel old = channel;
            channel = next;
            size = next.position();
            erase(old);
        } finally {
            Files.deleteIfExists(fresh); // on a full disk a part of it would take what room there is
        }
        try (var directory = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** What secrets it had are not to be found on the disk afterwards, as far as the file system writes in place. */
    private static void erase(FileChannel old) {
        try (old) {
            var zeros = ByteBuffer.allocate(64 * 1024);
            for (long at = 0, end = old.size(); at < end; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), end - at));
                at += old.write(zeros, at);
            }
            old.force(false);
        } catch (IOException cause) {
            log.debug("the command journal before could not be overwritten", cause);
        }
    }

    private static void put(ByteArrayOutputStream bytes, String line) {
        if (!line.isEmpty()) {
            bytes.writeBytes(line.getBytes(StandardCharsets.UTF_8));
            bytes.write('\n');
        }
    }

    private static void write(FileChannel channel, ByteArrayOutputStream bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes.toByteArray());
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Commands may contain registry passwords, so only the worker's user may read the file. */
    private static FileChannel open(Path path) throws IOException {
        return PrivateFiles.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static FileLock lock(FileChannel channel, Path path) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException cause) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IOException("another worker uses " + path + "; give each worker a data directory of its own");
        }
        return lock;
    }

    private static long endOfLastLine(FileChannel channel) throws IOException {
        var one = ByteBuffer.allocate(1);
        for (long at = channel.size(); at > 0; at--) {
            one.clear();
            channel.read(one, at - 1);
            if (one.get(0) == '\n') {
                return at;
            }
        }
        return 0;
    }
}
