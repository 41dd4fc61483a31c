package io.aiwm.controller.file;

import io.aiwm.boot.Config;
import io.aiwm.common.Failure;
import io.aiwm.controller.execution.Executions;
import io.aiwm.controller.gateway.FileRequests;
import io.aiwm.controller.objects.ObjectContent;
import io.aiwm.protocol.CommandId;
import io.aiwm.protocol.FileAck;
import io.aiwm.protocol.FileChunk;
import io.aiwm.protocol.FileGet;
import io.aiwm.protocol.FileKind;
import io.aiwm.protocol.FilePut;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files on their way between this controller and the workers whose sessions it holds. What a worker sends lies in a folder
 * until it is whole, so a restarted controller goes on where it was; another controller begins again, and says so. Base 64,
 * checksums and disk are on threads of their own.
 */
public final class FileTransfers implements FileRequests {
    private static final Logger LOG = LoggerFactory.getLogger(FileTransfers.class);
    private static final int THREADS = 4;
    /** A piece fills three quarters of what is allowed, so that the text stays below 256 KiB. */
    private static final int PIECE = 192 * 1024;
    /** How long a node that may read a file is not asked about again. */
    private static final Duration GRANTED = Duration.ofMinutes(1);

    private static final Duration IDLE = Duration.ofMinutes(10);

    private record Grant(StoredFile file, Instant until) {}

    private final FileAccess access;
    private final Files files;
    private final InstantSource clock;
    private final Config.Jobs limits;
    private final Path folder;
    private final WorkerExecutor threads;
    private final Map<String, IncomingFile> incoming = new ConcurrentHashMap<>();
    private final Map<String, Grant> grants = new ConcurrentHashMap<>();

    /** @param folder for what has not wholly arrived; made when it is needed */
    public FileTransfers(
            Vertx vertx, Executions executions, Files files, InstantSource clock, Config.Jobs limits, Path folder) {
        this.access = new FileAccess(executions, clock);
        this.files = files;
        this.clock = clock;
        this.limits = limits;
        this.folder = folder;
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-transfers-" + System.identityHashCode(this), THREADS, 1, TimeUnit.HOURS);
    }

    @Override
    public Future<FileAck> put(String nodeId, FilePut piece) {
        if (piece.kind() == FileKind.inputs) {
            return Future.failedFuture(Failure.invalid("/data/kind", "must be outputs or log"));
        }
        if (piece.from() < 0 || (piece.data() != null && piece.data().length() > encoded(FilePut.MAX_BYTES))) {
            return Future.failedFuture(Failure.invalid(
                    "/data", "a piece begins at 0 or later and has at most " + FilePut.MAX_BYTES + " bytes"));
        }
        String fileId = CommandId.fileId(piece.commandId(), piece.kind());
        IncomingFile known = incoming.get(fileId);
        boolean checked = known != null && known.nodeId().equals(nodeId) && !piece.last();
        return (checked ? Future.succeededFuture(known) : begin(nodeId, fileId, piece))
                .compose(transfer -> transfer.inTurn(() -> take(transfer, fileId, piece)));
    }

    /** Asked at the beginning and at the end of each file, and whenever this controller does not know it. */
    private Future<IncomingFile> begin(String nodeId, String fileId, FilePut piece) {
        return access.toPut(nodeId, piece.commandId())
                .map(jobId -> incoming.compute(
                        fileId,
                        (id, there) -> there != null && there.nodeId().equals(nodeId)
                                ? there
                                : new IncomingFile(
                                        nodeId,
                                        jobId,
                                        folder.resolve(fileId),
                                        piece.kind() == FileKind.log ? limits.maxLogBytes() : limits.maxOutputBytes(),
                                        clock)));
    }

    private Future<FileAck> take(IncomingFile transfer, String fileId, FilePut piece) {
        return files.get(fileId)
                .map(done -> ack(piece, done.sizeBytes(), fileId))
                .recover(none -> Failure.of(none).kind != Failure.Kind.NOT_FOUND
                        ? Future.failedFuture(none)
                        : threads.executeBlocking(() -> transfer.append(piece), false)
                                .compose(whole -> whole == null
                                        ? Future.succeededFuture(ack(piece, transfer.held(), null))
                                        : finish(transfer, fileId, piece, whole)))
                .recover(cause -> Future.failedFuture(cause instanceof IOException ? noRoom() : cause))
                .onSuccess(ack -> {
                    if (ack.fileId() != null) {
                        incoming.remove(fileId, transfer);
                    }
                });
    }

    private Future<FileAck> finish(IncomingFile transfer, String fileId, FilePut piece, String sha256) {
        long size = transfer.held();
        return files.arrived(
                        transfer.jobId(),
                        piece.commandId(),
                        piece.kind(),
                        transfer.nodeId(),
                        transfer.file(),
                        sha256,
                        size)
                .map(stored -> ack(piece, size, fileId))
                .onFailure(lost -> transfer.forgetHeld());
    }

    private static FileAck ack(FilePut piece, long size, String fileId) {
        return new FileAck(piece.commandId(), piece.kind(), piece.from(), size, fileId, null);
    }

    private static Failure noRoom() {
        return new Failure(Failure.Kind.UNAVAILABLE, "the controller has no room for files now");
    }

    @Override
    public Future<FileChunk> get(String nodeId, FileGet wish) {
        String key = nodeId + "\n" + wish.commandId() + "\n" + wish.fileId();
        Grant known = grants.get(key);
        Future<StoredFile> granted = known != null && clock.instant().isBefore(known.until())
                ? Future.succeededFuture(known.file())
                : access.toGet(nodeId, wish.commandId(), wish.fileId())
                        .compose(may -> files.get(wish.fileId()))
                        .onSuccess(file ->
                                grants.put(key, new Grant(file, clock.instant().plus(GRANTED))));
        return granted.compose(file -> files.open(file, wish.from(), PIECE)
                .compose(ObjectContent::whole)
                .compose(bytes -> threads.executeBlocking(
                                () -> Base64.getEncoder().encodeToString(bytes.getBytes()), false)
                        .map(text -> new FileChunk(
                                wish.commandId(),
                                wish.fileId(),
                                wish.from(),
                                text,
                                wish.from() + bytes.length() >= file.sizeBytes(),
                                null))));
    }

    /** A sweep, to be run every few minutes: forgets transfers that stand still, and a day later what they left. */
    public Future<Void> run() {
        Instant now = clock.instant();
        incoming.values().removeIf(transfer -> transfer.quietSince().plus(IDLE).isBefore(now));
        grants.values().removeIf(grant -> grant.until().isBefore(now));
        return threads.executeBlocking(
                () -> {
                    if (java.nio.file.Files.isDirectory(folder)) {
                        try (Stream<Path> left = java.nio.file.Files.list(folder)) {
                            left.toList().forEach(file -> forget(file, now));
                        }
                    }
                    return null;
                },
                false);
    }

    private static void forget(Path left, Instant now) {
        try {
            Instant at = java.nio.file.Files.getLastModifiedTime(left).toInstant();
            if (at.plus(Files.UNUSED).isBefore(now)) {
                java.nio.file.Files.deleteIfExists(left);
            }
        } catch (IOException cause) {
            LOG.warn("{} that a worker did not finish cannot be deleted: {}", left, cause.toString());
        }
    }

    public Future<Void> close() {
        return threads.close();
    }

    private static int encoded(int bytes) {
        return (bytes + 2) / 3 * 4;
    }
}
