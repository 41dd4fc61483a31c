package io.aiwm.worker.process;

import io.aiwm.protocol.LogChunk;
import io.aiwm.protocol.LogsFollow;
import io.aiwm.worker.job.LogFeed;
import io.aiwm.worker.job.LogLimit;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The log streams of processes that are open now, by stream id. Their files are read a few times a second. */
public final class ProcessLogs {
    private static final long LOOK_MILLIS = 200;
    private static final int PIECE = 64 * 1024;

    private final Vertx vertx;
    private final ProcessSandbox processes;
    private final Map<String, Open> open = new ConcurrentHashMap<>();

    public ProcessLogs(Vertx vertx, ProcessSandbox processes) {
        this.vertx = vertx;
        this.processes = processes;
    }

    /** Whether this stream is one of these; then there is more credit for it. */
    boolean more(LogsFollow request) {
        Open known = open.get(request.streamId());
        if (known == null) {
            return false;
        }
        known.feed.addCredit(request.credit());
        vertx.runOnContext(now -> known.drain());
        return true;
    }

    void follow(LogsFollow request, Consumer<LogChunk> sink) {
        var fresh = new Open(request, new LogFeed(request.streamId(), request.credit(), sink));
        String refusal = LogLimit.refusal(request.streamId(), open.keySet());
        if (refusal != null) {
            fresh.feed.complete(refusal);
            fresh.drain();
            return;
        }
        open.put(request.streamId(), fresh);
        fresh.look();
    }

    void stop(String streamId) {
        Open stream = open.remove(streamId);
        if (stream != null) {
            stream.feed.end();
        }
    }

    /** One log being read; one look at a time. */
    private final class Open {
        private final LogsFollow request;
        private final LogFeed feed;
        private final Path folder;
        private boolean begun;
        private FileChannel channel;
        private Object file;
        private long at;
        /** How much the program had written before this file. */
        private long before;

        Open(LogsFollow request, LogFeed feed) {
            this.request = request;
            this.feed = feed;
            this.folder = processes.folder(request.commandId());
        }

        void look() {
            if (feed.over()) {
                open.remove(request.streamId(), this);
                processes.blocking(() -> {
                    close();
                    return null;
                });
                return;
            }
            processes.blocking(this::read).onComplete(read -> {
                if (read.failed()) {
                    feed.complete("the log could not be read");
                } else if (read.result()) {
                    feed.complete(null);
                }
                drain();
                vertx.setTimer(LOOK_MILLIS, later -> look());
            });
        }

        private void drain() {
            if (feed.drain()) {
                vertx.setTimer(LOOK_MILLIS, later -> feed.drain());
            }
        }

        /** @return whether there is no more to come */
        private boolean read() throws IOException, InterruptedException {
            var kept = new ShimState(folder);
            boolean there = kept.begun();
            boolean ended = !there || !request.follow() || kept.exitCode() != null;
            if (!begun && there) {
                begun = true;
                skipToTail();
            }
            while (feed.hasRoom() && !feed.over()) {
                byte[] piece = next();
                if (piece.length == 0) {
                    return ended;
                }
                feed.offer("stdout", piece);
            }
            return false;
        }

        /**
         * Returns the next bytes, also across the change from a full file to the next one; empty when there are none now. A
         * reader who was too slow gets a note that bytes are missing.
         */
        private byte[] next() throws IOException, InterruptedException {
            byte[] piece = piece();
            Path newest = folder.resolve("log");
            Object key = piece.length > 0 ? null : key(newest);
            if (key == null || key.equals(file)) {
                return piece;
            }
            Path older = folder.resolve("log.1");
            Object olderKey = key(older);
            if (file == null || olderKey == null || olderKey.equals(file)) {
                use(newest, 0, before + at);
                return piece();
            }
            long told = before + at;
            long gone = new ShimState(folder).goneBytes();
            use(older, 0, Math.max(gone, told));
            missing(gone - told, "they were not kept until they could be read");
            return piece();
        }

        private void missing(long bytes, String why) throws InterruptedException {
            if (bytes > 0) {
                feed.offerMissing(bytes, "[aiwm] " + bytes + " bytes are missing here: " + why + "\n");
            }
        }

        private byte[] piece() throws IOException {
            if (channel == null) {
                return new byte[0];
            }
            ByteBuffer buffer = ByteBuffer.allocate(PIECE);
            byte[] piece = new byte[Math.max(0, channel.read(buffer, at))];
            buffer.flip().get(piece);
            at += piece.length;
            return piece;
        }

        /** Held open: when the job is over its folder goes, and what was written last must still be read. */
        private void use(Path path, long from, long writtenBefore) throws IOException {
            close();
            channel = FileChannel.open(path, StandardOpenOption.READ);
            file = key(path);
            at = from;
            before = writtenBefore;
        }

        private void close() throws IOException {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        }

        private void skipToTail() throws IOException, InterruptedException {
            Path older = folder.resolve("log.1");
            Path newer = folder.resolve("log");
            long lines = request.tail() < 0 ? Long.MAX_VALUE : request.tail();
            long here = Files.exists(newer) ? lineStart(newer, lines) : 0;
            long gone = new ShimState(folder).goneBytes();
            if (here == 0 && Files.exists(older)) {
                boolean all = lines == Long.MAX_VALUE;
                use(older, all ? 0 : lineStart(older, Math.max(0, lines - count(newer))), gone);
                // who reads on after a break counts from the program's beginning
                missing(all ? gone : 0, "only the end of the log is kept");
            } else if (Files.exists(newer)) {
                long earlier = Files.exists(older) ? Files.size(older) : 0;
                use(newer, here, gone + earlier);
            }
        }

        private static long count(Path path) throws IOException {
            long count = 0;
            if (Files.exists(path)) {
                for (byte one : Files.readAllBytes(path)) {
                    count += one == '\n' ? 1 : 0;
                }
            }
            return count;
        }

        /** Where the last so many lines begin; 0 when there are no more than that. */
        private static long lineStart(Path path, long lines) throws IOException {
            byte[] all = Files.readAllBytes(path);
            long seen = 0;
            for (int i = all.length - 1; i >= 0; i--) {
                boolean end = all[i] == '\n' && i < all.length - 1;
                if (end && ++seen >= lines) {
                    return i + 1L;
                }
            }
            return lines == 0 ? all.length : 0;
        }

        private static Object key(Path path) throws IOException {
            try {
                return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            } catch (NoSuchFileException none) {
                return null;
            }
        }
    }
}
