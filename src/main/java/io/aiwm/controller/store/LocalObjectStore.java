package io.aiwm.controller.store;

import io.aiwm.protocol.Failure;
import io.aiwm.protocol.Ids;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Objects as files in a folder. Each is written beside the others first and renamed when it is on the disk, so that a
 * reader never meets a part of one. Several controllers may share the folder (on a network file system).
 */
public final class LocalObjectStore implements ObjectStore {
    private static final int THREADS = 8;
    /** No key begins with a dot, so this cannot be one. */
    private static final String UNFINISHED = ".unfinished";

    private final Vertx vertx;
    private final Path folder;
    private final Path unfinished;
    private final WorkerExecutor threads;

    /** @param folder made when it is not there */
    public LocalObjectStore(Vertx vertx, Path folder) {
        this.vertx = vertx;
        this.folder = folder.toAbsolutePath().normalize();
        this.unfinished = this.folder.resolve(UNFINISHED);
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-objects-" + System.identityHashCode(this), THREADS, 1, TimeUnit.HOURS);
    }

    @Override
    public Future<Void> open() {
        return blocking(() -> {
            Spool.prepare(unfinished);
            return null;
        });
    }

    @Override
    public Future<Stored> put(String key, ReadStream<Buffer> content, long maxBytes) {
        Path place;
        try {
            place = path(key);
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
        Path fresh = unfinished.resolve(Ids.uuid7());
        return Spool.write(threads, fresh, content, maxBytes)
                .compose(stored -> blocking(() -> {
                    moveTo(fresh, place);
                    return stored;
                }));
    }

    @Override
    public Future<Void> put(String key, Path file) {
        return blocking(() -> {
            Path place = path(key);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            moveTo(file, place);
            return null;
        });
    }

    @Override
    public Future<ObjectContent> get(String key, long offset, long length) {
        return blocking(() -> {
                    FileChannel channel = FileChannel.open(path(key), StandardOpenOption.READ);
                    if (offset < 0 || offset > channel.size()) {
                        channel.close();
                        throw Failure.invalid("offset " + offset + " is not within the file");
                    }
                    channel.position(offset);
                    return channel;
                })
                .compose(channel -> blocking(channel::size).map(size -> {
                    InputStream in = Channels.newInputStream(channel);
                    return new InputContent(vertx, threads, length < 0 ? in : new FirstBytes(in, length), size);
                }));
    }

    @Override
    public Future<Long> size(String key) {
        return blocking(() -> Files.size(path(key)));
    }

    @Override
    public Future<Void> delete(String key) {
        return blocking(() -> {
            Files.deleteIfExists(path(key));
            return null;
        });
    }

    @Override
    public Future<Void> close() {
        return threads.close();
    }

    private Path path(String key) {
        return folder.resolve(ObjectKey.checked(key));
    }

    private static void moveTo(Path fresh, Path place) throws IOException {
        Files.createDirectories(place.getParent());
        try {
            Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (FileSystemException otherDisk) {
            // not on the same file system: copied beside it first
            Path beside = place.resolveSibling("." + place.getFileName() + "." + Ids.uuid7());
            Files.copy(fresh, beside);
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(beside, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Files.delete(fresh);
        }
        // the name is on the disk only when its folder is
        try (FileChannel parent = FileChannel.open(place.getParent(), StandardOpenOption.READ)) {
            parent.force(true);
        }
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return threads.executeBlocking(work, false).recover(cause -> Future.failedFuture(failure(cause)));
    }

    private static Failure failure(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (cause instanceof NoSuchFileException) {
            return new Failure(Failure.Kind.NOT_FOUND, "there is no such file");
        }
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                "the controller's folder of files cannot be used ("
                        + cause.getClass().getSimpleName() + ")");
    }
}
