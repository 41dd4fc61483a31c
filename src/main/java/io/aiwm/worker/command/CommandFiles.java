package io.aiwm.worker.command;

import io.aiwm.common.Json;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.Sha256;
import io.aiwm.protocol.CommandError;
import io.aiwm.protocol.ErrorCategory;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FilePut;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files of commands, from and to the controller: one piece of a file is under way at a time, and asked for again when
 * no answer comes, for as long as the caller wants. Safe to call from any thread.
 */
public final class CommandFiles {
    /** A piece fills three quarters of what is allowed, so that its text stays below 256 KiB. */
    private static final int PIECE = 192 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PAUSE_MILLIS = 1_000;
    /** Refusals in a row, and new beginnings of one file, after which it is given up. */
    private static final int MOST_SETBACKS = 10;

    private final Vertx vertx;
    private final Context context;
    private final Uplink uplink;
    private final long patienceMillis;
    private final Map<String, Transfer> underWay = new ConcurrentHashMap<>();

    public CommandFiles(Vertx vertx, Uplink uplink) {
        this(vertx, uplink, PATIENCE);
    }

    /** @param patience how long an answer may take before the same is asked again */
    public CommandFiles(Vertx vertx, Uplink uplink, Duration patience) {
        this.patienceMillis = patience.toMillis();
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.uplink = uplink;
    }

    /**
     * Sends a file. Succeeds with its id when the controller has all of it. Fails when the controller does not take it, or
     * {@code until} completes first.
     */
    public Future<String> send(String commandId, FileKind kind, Path file, Future<Void> until) {
        return vertx.executeBlocking(
                        () -> new Outgoing(commandId, kind, file, Files.size(file), Sha256.hex(file)), false)
                .compose(transfer -> transfer.begin(until));
    }

    /**
     * Fetches the inputs that the command names, and replaces what is in {@code to}. Fails with {@code invalid} when what
     * arrived has another checksum.
     */
    public Future<Void> fetch(String commandId, String fileId, String sha256, Path to, Future<Void> until) {
        return new Fetched(commandId, fileId, to)
                .begin(until)
                .compose(done -> vertx.executeBlocking(() -> Sha256.hex(to), false))
                .compose(arrived -> sha256 == null || sha256.equalsIgnoreCase(arrived)
                        ? Future.succeededFuture()
                        : Future.failedFuture(new CommandFailure(
                                ErrorCategory.INVALID,
                                "inputs.sha256 is not the checksum of the inputs, which is " + arrived)));
    }

    /** Takes an answer of the controller; an answer to no open request is dropped. */
    public void answered(FileAck ack) {
        Transfer transfer = underWay.get(key(ack.commandId(), String.valueOf(ack.kind())));
        if (transfer instanceof Outgoing outgoing) {
            context.runOnContext(now -> outgoing.answered(ack));
        }
    }

    public void answered(FileChunk chunk) {
        Transfer transfer = underWay.get(key(chunk.commandId(), chunk.fileId()));
        if (transfer instanceof Fetched fetched) {
            context.runOnContext(now -> fetched.answered(chunk));
        }
    }

    /** What was under way when the last session ended is asked for again. */
    public void sessionStarted() {
        List.copyOf(underWay.values()).forEach(transfer -> context.runOnContext(now -> transfer.next()));
    }

    private static String key(String commandId, String what) {
        return commandId + "\n" + what;
    }

    /** One file. Its state lives on the context. */
    private abstract class Transfer {
        final String commandId;
        final String key;
        final Promise<String> done = Promise.promise();
        long at;
        int setbacks;
        private long timer = -1;
        boolean working;

        Transfer(String commandId, String what) {
            this.commandId = commandId;
            this.key = key(commandId, what);
        }

        /** Asks for the next piece, or again for the one that did not come. */
        abstract void ask();

        Future<String> begin(Future<Void> until) {
            if (underWay.putIfAbsent(key, this) != null) {
                return Future.failedFuture(
                        new CommandFailure(ErrorCategory.CONFLICT, "this file is being transferred already"));
            }
            until.onComplete(asked -> done.tryFail(new CommandFailure(
                    ErrorCategory.NETWORK, "the controller did not answer in time, or the command was cancelled")));
            context.runOnContext(now -> next());
            return done.future()
                    .onComplete(ended -> context.runOnContext(now -> {
                        vertx.cancelTimer(timer);
                        underWay.remove(key, this);
                    }));
        }

        void next() {
            vertx.cancelTimer(timer);
            if (!done.future().isComplete() && !working) {
                timer = vertx.setTimer(patienceMillis, late -> next());
                ask();
            }
        }

        /** @return whether the answer was a refusal, which is dealt with */
        boolean refused(CommandError error) {
            if (error == null) {
                return false;
            }
            if (!error.retryable() || ++setbacks > MOST_SETBACKS) {
                done.tryFail(new CommandFailure(error));
            } else {
                vertx.cancelTimer(timer);
                timer = vertx.setTimer(Math.min(PAUSE_MILLIS, patienceMillis), later -> next());
            }
            return true;
        }

        void failed(Throwable cause) {
            done.tryFail(new CommandFailure(
                    ErrorCategory.RESOURCE_EXHAUSTED, "the worker's disk does not do what it should: " + cause));
        }
    }

    private final class Outgoing extends Transfer {
        private final FileKind kind;
        private final Path file;
        private final long size;
        private final String sha256;

        Outgoing(String commandId, FileKind kind, Path file, long size, String sha256) {
            super(commandId, kind.toString());
            this.kind = kind;
            this.file = file;
            this.size = size;
            this.sha256 = sha256;
        }

        @Override
        void ask() {
            working = true;
            long from = at;
            vertx.executeBlocking(() -> piece(from), false)
                    .onComplete(read -> context.runOnContext(now -> {
                        working = false;
                        if (read.failed()) {
                            failed(read.cause());
                        } else {
                            uplink.send(FilePut.TYPE, Json.toObject(read.result()), commandId);
                        }
                    }));
        }

        private FilePut piece(long from) throws IOException {
            var buffer = ByteBuffer.allocate((int) Math.min(PIECE, size - from));
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
                    // on to the next part
                }
            }
            if (buffer.hasRemaining()) {
                throw new IOException(file + " became shorter");
            }
            boolean last = from + buffer.position() == size;
            String data = Base64.getEncoder().encodeToString(buffer.array());
            return new FilePut(null, commandId, kind, from, data, last, last ? sha256 : null);
        }

        void answered(FileAck ack) {
            if (ack.fileId() != null) {
                done.tryComplete(ack.fileId());
                return;
            }
            if (working || ack.from() != at || refused(ack.error())) {
                return;
            }
            if (ack.size() <= at && ++setbacks > MOST_SETBACKS) {
                done.tryFail(new CommandFailure(
                        ErrorCategory.NETWORK, "the controller keeps losing what it is sent of this file"));
                return;
            }
            // more than there is cannot be of this file; its controller finds out by the checksum
            at = Math.min(ack.size(), size);
            next();
        }
    }

    private final class Fetched extends Transfer {
        private final String fileId;
        private final Path to;

        Fetched(String commandId, String fileId, Path to) {
            super(commandId, fileId);
            this.fileId = fileId;
            this.to = to;
        }

        @Override
        void ask() {
            uplink.send(FileGet.TYPE, Json.toObject(new FileGet(null, commandId, fileId, at)), commandId);
        }

        void answered(FileChunk chunk) {
            if (working || refused(chunk.error()) || chunk.from() != at) {
                return;
            }
            working = true;
            vertx.executeBlocking(() -> write(chunk), false)
                    .onComplete(wrote -> context.runOnContext(now -> {
                        working = false;
                        if (wrote.failed()) {
                            failed(wrote.cause());
                        } else if (chunk.last()) {
                            done.tryComplete(fileId);
                        } else {
                            at += wrote.result();
                            setbacks = 0;
                            next();
                        }
                    }));
        }

        private int write(FileChunk chunk) throws IOException {
            byte[] bytes = Base64.getDecoder().decode(chunk.data() == null ? "" : chunk.data());
            if (bytes.length == 0 && !chunk.last()) {
                throw new IOException("an empty piece came");
            }
            try (FileChannel channel = PrivateFiles.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.truncate(chunk.from());
                ByteBuffer rest = ByteBuffer.wrap(bytes);
                for (long place = chunk.from(); rest.hasRemaining(); ) {
                    place += channel.write(rest, place);
                }
            }
            return bytes.length;
        }
    }
}
