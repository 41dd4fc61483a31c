package io.aiwm.controller.objects;

import io.aiwm.common.Failure;
import io.aiwm.controller.objects.ObjectStore.Stored;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** A file that grows and is moved to its place when it is complete. */
final class LocalUpload implements ObjectUpload {
    private final LocalObjectStore store;
    private final LocalUploads uploads;
    private final IncrementalHash.Kept hashes;
    private final String key;
    private final String id;
    private final long sizeBytes;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final IncrementalHash hash;
    private volatile long offset;
    private Stored completed;

    LocalUpload(
            LocalObjectStore store,
            LocalUploads uploads,
            IncrementalHash.Kept hashes,
            String key,
            String id,
            long sizeBytes,
            long offset) {
        this.store = store;
        this.uploads = uploads;
        this.hashes = hashes;
        this.key = key;
        this.id = id;
        this.sizeBytes = sizeBytes;
        this.offset = offset;
        this.hash = hashes.take(id, offset);
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public Future<Long> append(ReadStream<Buffer> content) {
        content.pause();
        return alone(() -> {
            long most = sizeBytes < 0 ? Long.MAX_VALUE : sizeBytes - offset;
            return Spool.append(store.threads(), uploads.content(id), content, most, hash)
                    .transform(written -> store.blocking(() -> {
                                hashes.put(id, hash);
                                offset = uploads.find(key, id);
                                return offset;
                            })
                            .compose(now -> written.failed()
                                    ? Future.failedFuture(written.cause())
                                    : Future.succeededFuture(now)));
        });
    }

    @Override
    public Future<Stored> complete() {
        return alone(() -> {
            if (completed != null) {
                return Future.succeededFuture(completed);
            }
            if (sizeBytes >= 0 && offset < sizeBytes) {
                return Future.failedFuture(Failure.conflict(
                        "only " + offset + " of " + sizeBytes + " bytes have arrived; send the others first"));
            }
            return store.blocking(() -> {
                uploads.find(key, id);
                Path content = uploads.content(id);
                var all = hash.bytes() == offset ? hash : hashOf(content);
                hashes.take(id, -1);
                DurableFiles.move(content, store.path(key));
                uploads.remove(id);
                completed = new Stored(all.bytes(), all.hex());
                return completed;
            });
        });
    }

    private static IncrementalHash hashOf(Path file) throws java.io.IOException {
        var hash = new IncrementalHash();
        byte[] piece = new byte[64 * 1024];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                hash.update(piece, 0, read);
            }
        }
        return hash;
    }

    @Override
    public Future<Void> abort() {
        return alone(() -> store.blocking(() -> {
            hashes.take(id, -1);
            uploads.remove(id);
            return null;
        }));
    }

    private <T> Future<T> alone(Supplier<Future<T>> work) {
        if (!busy.compareAndSet(false, true)) {
            return Future.failedFuture(Failure.busy("another request of this upload is under way"));
        }
        return work.get().onComplete(done -> busy.set(false));
    }
}
