package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream on its way into a file, new or longer than before: written by worker threads in pieces, so that a slow sender holds
 * no thread, with its checksum computed as it passes. At most {@value #MOST_WAITING} bytes wait in memory; then the sender is
 * paused.
 */
final class Spool {
    static final int MOST_WAITING = 1 << 20;

    private static final Duration ABANDONED = Duration.ofDays(1);
    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final RateLimitedLog FAILURES = RateLimitedLog.failures(LOG);

    private final WorkerExecutor threads;
    private final Path file;
    private final ReadStream<Buffer> content;
    private final long maxBytes;
    private final IncrementalHash hash;
    private final boolean appends;
    private final Promise<Void> done = Promise.promise();
    private List<Buffer> waiting = new ArrayList<>();
    private int waitingBytes;
    private long taken;
    private boolean writing;
    private boolean paused;
    private boolean ended;
    private boolean over;
    private Failure failure;
    private FileChannel channel;

    private Spool(
            WorkerExecutor threads,
            Path file,
            ReadStream<Buffer> content,
            long maxBytes,
            IncrementalHash hash,
            boolean appends) {
        this.threads = threads;
        this.file = file;
        this.content = content;
        this.maxBytes = maxBytes;
        this.hash = hash;
        this.appends = appends;
    }

    /**
     * Succeeds when the whole content is in the file and on the disk. When it fails there is no file.
     *
     * @param file must not exist
     */
    static Future<ObjectStore.Stored> write(
            WorkerExecutor threads, Path file, ReadStream<Buffer> content, long maxBytes) {
        var hash = new IncrementalHash();
        return new Spool(threads, file, content, maxBytes, hash, false)
                .start()
                .map(done -> new ObjectStore.Stored(hash.bytes(), hash.hex()));
    }

    /**
     * Succeeds when the whole content is at the end of the file and on the disk. When the content breaks off or is too large,
     * what came before is.
     *
     * @param file must exist
     */
    static Future<Void> append(
            WorkerExecutor threads, Path file, ReadStream<Buffer> content, long maxBytes, IncrementalHash hash) {
        return new Spool(threads, file, content, maxBytes, hash, true).start();
    }

    private Future<Void> start() {
        content.exceptionHandler(cause -> fail(Failure.invalid("the content broke off before its end")));
        content.handler(this::take);
        content.endHandler(end -> end());
        content.resume();
        return done.future();
    }

    /** Makes the folder, and removes what a process that is gone had begun in it. Blocks. */
    static void prepare(Path folder) throws IOException {
        PrivateFiles.folder(folder);
        Instant old = Instant.now().minus(ABANDONED); // younger ones may be another controller's
        try (Stream<Path> left = Files.list(folder)) {
            for (Path file : left.toList()) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(old)) {
                        Files.deleteIfExists(file);
                    }
                } catch (NoSuchFileException finished) {
                    LOG.debug("{} was another controller's", file);
                }
            }
        }
    }

    private synchronized void take(Buffer piece) {
        if (over || ended) {
            return;
        }
        taken += piece.length();
        if (taken > maxBytes) {
            content.pause();
            fail(new Failure(Failure.Kind.TOO_LARGE, "the content is larger than the " + maxBytes + " bytes allowed"));
            return;
        }
        waiting.add(piece);
        waitingBytes += piece.length();
        if (waitingBytes >= MOST_WAITING && !paused) {
            paused = true;
            content.pause();
        }
        writeNext();
    }

    private synchronized void end() {
        ended = true;
        writeNext();
    }

    private synchronized void fail(Failure why) {
        if (over || ended) {
            return;
        }
        if (appends) {
            failure = why;
            end();
        } else {
            over = true;
            if (!writing) {
                abandon(why);
            } else {
                waiting.clear();
                failure = why; // the piece being written ends first
            }
        }
    }

    private synchronized void writeNext() {
        if (writing || over || (waiting.isEmpty() && !ended)) {
            return;
        }
        writing = true;
        List<Buffer> pieces = waiting;
        boolean last = ended;
        waiting = new ArrayList<>();
        waitingBytes = 0;
        threads.executeBlocking(() -> writeNow(pieces, last), false).onComplete(result -> {
            if (result.failed()) {
                FAILURES.failed(
                        "content cannot be written into " + file.getParent(),
                        result.cause().toString());
                wrote(new Failure(Failure.Kind.UNAVAILABLE, "the controller has no room for files now"), false);
            } else {
                wrote(null, last);
            }
        });
    }

    private synchronized void wrote(Failure broken, boolean last) {
        writing = false;
        if (broken != null) {
            over = true;
            failure = failure == null ? broken : failure;
        }
        if (over) {
            abandon(failure);
            return;
        }
        if (last) {
            over = true;
            if (failure == null) {
                done.complete();
            } else {
                done.fail(failure);
            }
            return;
        }
        if (paused && !ended) {
            paused = false;
            content.resume();
        }
        writeNext();
    }

    private Void writeNow(List<Buffer> pieces, boolean last) throws IOException {
        if (channel == null) {
            channel = appends
                    ? FileChannel.open(file, StandardOpenOption.APPEND)
                    : PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }
        for (Buffer piece : pieces) {
            byte[] bytes = piece.getBytes();
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            hash.update(bytes, 0, bytes.length);
        }
        if (last) {
            channel.force(true);
            channel.close();
        }
        return null;
    }

    private void abandon(Failure why) {
        threads.executeBlocking(
                        () -> {
                            if (channel != null) {
                                channel.close();
                            }
                            return !appends && Files.deleteIfExists(file);
                        },
                        false)
                .onComplete(gone -> done.fail(why));
    }
}
