package io.aiwm.controller.file;

import io.aiwm.common.Failure;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.FilePut;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.function.Supplier;

/** One file that a worker is sending: its pieces are taken one after the other, and only where the last one ended. */
final class IncomingFile {
    /** A worker sends one piece at a time; more than a few can only be repetitions. */
    private static final int MOST_WAITING = 4;

    private final String nodeId;
    private final String jobId;
    private final Path file;
    private final long mostBytes;
    private final InstantSource clock;
    private volatile Instant quietSince;
    private volatile long held = -1;
    private Future<?> last = Future.succeededFuture();
    private int waiting;

    IncomingFile(String nodeId, String jobId, Path file, long mostBytes, InstantSource clock) {
        this.nodeId = nodeId;
        this.jobId = jobId;
        this.file = file;
        this.mostBytes = mostBytes;
        this.clock = clock;
        this.quietSince = clock.instant();
    }

    String nodeId() {
        return nodeId;
    }

    String jobId() {
        return jobId;
    }

    Path file() {
        return file;
    }

    long held() {
        return held;
    }

    /** The file was taken away: whatever comes next begins anew. */
    void forgetHeld() {
        held = -1;
    }

    Instant quietSince() {
        return quietSince;
    }

    <T> Future<T> inTurn(Supplier<Future<T>> work) {
        Promise<T> mine = Promise.promise();
        Future<?> before;
        synchronized (this) {
            if (waiting >= MOST_WAITING) {
                return Future.failedFuture(
                        Failure.limited("pieces of this file are still being written; wait for their answer", 1));
            }
            waiting++;
            before = last;
            last = mine.future();
        }
        before.onComplete(done -> work.get().onComplete(mine));
        return mine.future().onComplete(done -> {
            synchronized (this) {
                waiting--;
            }
        });
    }

    /** Blocks. @return the checksum when the file is whole; null before. {@link #held} says how far it is either way */
    String append(FilePut piece) throws IOException {
        quietSince = clock.instant();
        if (held < 0) {
            PrivateFiles.folders(file.getParent());
            held = Files.exists(file) ? Files.size(file) : 0;
        }
        if (piece.from() != held) {
            return null; // it knows better from the answer
        }
        byte[] bytes = decoded(piece.data());
        if (held + bytes.length > mostBytes) {
            discard();
            throw new Failure(Failure.Kind.TOO_LARGE, "the controller keeps at most " + mostBytes + " bytes of it");
        }
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            for (long at = held; rest.hasRemaining(); ) {
                at += channel.write(rest, at);
            }
        } catch (IOException cause) {
            forgetHeld();
            throw cause;
        }
        held = piece.from() + bytes.length;
        return piece.last() ? checked(piece.sha256()) : null;
    }

    private String checked(String said) throws IOException {
        String sha256 = Sha256.hex(file);
        if (said != null && !said.toLowerCase(Locale.ROOT).equals(sha256)) {
            discard(); // two attempts at it got mixed: it begins again
            throw new Failure(Failure.Kind.UNAVAILABLE, "the checksum is not that of what arrived; send it again");
        }
        return sha256;
    }

    private void discard() throws IOException {
        Files.deleteIfExists(file);
        held = 0;
    }

    private static byte[] decoded(String data) {
        try {
            return data == null ? new byte[0] : Base64.getDecoder().decode(data);
        } catch (IllegalArgumentException cause) {
            throw Failure.invalid("/data/data", "is not base 64");
        }
    }
}
