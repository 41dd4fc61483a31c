package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.common.Ids;
import io.aiwm.common.PrivateFiles;
import io.aiwm.common.RateLimitedLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects as files in a folder. Each is written beside the others first and renamed when it is on the disk, so that a
 * reader never meets a part of one. Several controllers may share the folder (on a network file system): a file in it,
 * {@value #PLACE}, has the name of the place, made by the first of them.
 */
public final class LocalObjectStore implements ObjectStore {
    private static final Logger LOG = LoggerFactory.getLogger(LocalObjectStore.class);
    private static final int THREADS = 8;
    /** No key begins with a dot, so this cannot be one. */
    private static final String UNFINISHED = ".unfinished";

    private static final String UPLOADS = ".uploads";

    private static final String PLACE = ".place";
    private static final Pattern PLACE_NAME = Pattern.compile("place_[0-9a-z]{26}");

    private final Vertx vertx;
    private final SignedUrls urls;
    private final Path folder;
    private final Path unfinished;
    private final LocalUploads uploads;
    private final IncrementalHash.Kept hashes = new IncrementalHash.Kept();
    private final WorkerExecutor threads;
    private final RateLimitedLog failures = RateLimitedLog.failures(LOG);
    private volatile String place;

    /** Its signed URLs are good for this process alone. */
    public LocalObjectStore(Vertx vertx, Path folder) {
        this(vertx, folder, new SignedUrls(Ids.secret(), Clock.systemUTC()));
    }

    /**
     * @param folder made when it is not there
     * @param urls makes the signed URLs, under which the HTTP port serves what is here
     */
    public LocalObjectStore(Vertx vertx, Path folder, SignedUrls urls) {
        this.vertx = vertx;
        this.urls = urls;
        this.folder = folder.toAbsolutePath().normalize();
        this.unfinished = this.folder.resolve(UNFINISHED);
        this.uploads = new LocalUploads(this.folder.resolve(UPLOADS));
        this.threads = vertx.createSharedWorkerExecutor(
                "aiwm-objects-" + System.identityHashCode(this), THREADS, 1, TimeUnit.HOURS);
    }

    @Override
    public Future<Void> open() {
        return blocking(() -> {
            PrivateFiles.folder(folder);
            Spool.prepare(unfinished);
            uploads.prepare();
            place = placeOf(folder);
            LOG.info("files are kept in {}, which is {}", folder, place);
            return null;
        });
    }

    @Override
    public String place() {
        return place;
    }

    private String placeOf(Path shared) throws IOException {
        Path marker = shared.resolve(PLACE);
        if (!Files.exists(marker)) {
            Path fresh = unfinished.resolve(Ids.uuid7());
            PrivateFiles.write(fresh, Ids.next("place") + "\n");
            DurableFiles.force(fresh);
            try {
                Files.createLink(marker, fresh); // whole, and only if no other controller has made one
            } catch (FileAlreadyExistsException theirs) {
                LOG.debug("another controller has named {}", shared);
            } catch (UnsupportedOperationException | FileSystemException noLinks) {
                Files.copy(fresh, marker);
            }
            Files.deleteIfExists(fresh);
            DurableFiles.flush(shared);
        }
        String name = Files.readString(marker).strip();
        if (!PLACE_NAME.matcher(name).matches()) {
            throw new Failure(
                    Failure.Kind.UNAVAILABLE,
                    marker + " does not hold the name of a place; delete it if no file was ever kept in this folder");
        }
        return name;
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
                    try {
                        DurableFiles.move(fresh, place);
                    } finally {
                        Files.deleteIfExists(fresh); // left only by a move that failed
                    }
                    return stored;
                }));
    }

    @Override
    public Future<Void> put(String key, Path file) {
        return blocking(() -> {
            Path place = path(key);
            DurableFiles.force(file);
            DurableFiles.move(file, place);
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
    public Future<Listed> stat(String key) {
        return blocking(() -> {
            var found = Files.readAttributes(path(key), BasicFileAttributes.class);
            if (!found.isRegularFile()) {
                throw new NoSuchFileException(key);
            }
            return new Listed(key, found.size(), found.lastModifiedTime().toInstant());
        });
    }

    @Override
    public Future<Void> delete(String key) {
        return blocking(() -> {
            Files.deleteIfExists(path(key));
            return null;
        });
    }

    @Override
    public Future<ObjectUpload> beginUpload(String key, long sizeBytes) {
        return blocking(() -> upload(uploads.begin(ObjectKey.checked(key)), key, sizeBytes, 0));
    }

    @Override
    public Future<ObjectUpload> resumeUpload(String key, String uploadId, long sizeBytes) {
        return blocking(() -> upload(uploadId, key, sizeBytes, uploads.find(ObjectKey.checked(key), uploadId)));
    }

    private ObjectUpload upload(String id, String key, long sizeBytes, long offset) {
        return new LocalUpload(this, uploads, hashes, key, id, sizeBytes, offset);
    }

    @Override
    public Future<List<PendingUpload>> pendingUploads(String prefix, int limit) {
        return blocking(() -> uploads.pending(ObjectKey.checkedPrefix(prefix), ObjectKey.checkedLimit(limit)));
    }

    @Override
    public Future<Page> list(String prefix, String after, int limit) {
        return blocking(() -> LocalListing.list(
                folder,
                ObjectKey.checkedPrefix(prefix),
                after == null ? null : ObjectKey.checked(after),
                ObjectKey.checkedLimit(limit)));
    }

    @Override
    public Future<SignedUrl> signedUrl(String key, UrlRequest request) {
        try {
            return Future.succeededFuture(urls.sign(ObjectKey.checked(key), request));
        } catch (Failure refused) {
            return Future.failedFuture(refused);
        }
    }

    @Override
    public Future<Void> close() {
        return threads.close();
    }

    WorkerExecutor threads() {
        return threads;
    }

    /** Fails with INVALID. */
    Path path(String key) {
        return folder.resolve(ObjectKey.checked(key));
    }

    <T> Future<T> blocking(Callable<T> work) {
        return threads.executeBlocking(work, false).recover(cause -> Future.failedFuture(failure(cause)));
    }

    private Failure failure(Throwable cause) {
        if (cause instanceof Failure failure) {
            return failure;
        }
        if (cause instanceof NoSuchFileException) {
            return new Failure(Failure.Kind.NOT_FOUND, "there is no such file");
        }
        failures.failed(folder + " cannot be used", cause.toString());
        return new Failure(
                Failure.Kind.UNAVAILABLE,
                "the controller's folder of files cannot be used ("
                        + cause.getClass().getSimpleName() + ")");
    }
}
